// Modules that the build provides; see `extension/build.mjs`.
declare module 'nomine:engine' {
  /** The glue that wasm-bindgen wrote for `crate/web`; null where it is not built. */
  export const glue: unknown;
}
declare module 'nomine:inspector' {
  /** `inspector.wasm` as base64 text; empty where it is not built. */
  const inspector: string;
  export default inspector;
}
declare module 'nomine:bootstrap' {
  /** The script that a worker is started with; empty where it is not built. */
  const bootstrap: string;
  export default bootstrap;
}
