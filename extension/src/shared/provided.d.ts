// Modules that the build provides; see `extension/build.mjs`.
declare module 'nomine:engine' {
  /** The glue that wasm-bindgen wrote for `crate/web`; null where it is not built. */
  export const glue: unknown;
}
