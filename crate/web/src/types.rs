//! The shapes of objects that cross into JavaScript, declared for TypeScript.

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** A filter that took part in a decision. */
export interface Reason {
  /** The filter as it is written. */
  readonly filter: string;
  /** The title of its list. */
  readonly list: string;
  readonly line: number;
}

/** The answer about a request. */
export interface Decision {
  readonly effect: 'none' | 'block' | 'allow';
  readonly filter: Reason | null;
  readonly important: boolean;
  readonly exception: Reason | null;
  readonly redirect: string | null;
  readonly csp: readonly { readonly policy: string; readonly reason: Reason }[];
}

/** A list to compile. */
export interface ListText {
  readonly title: string;
  readonly text: string;
  /** Found out when not given. */
  readonly syntax?: 'adblock' | 'hosts' | 'domains' | 'match_patterns';
  /** Only what stands below headings that contain one of these. */
  readonly sections?: readonly string[];
}

/** A line that is not, or not wholly, in force. */
export interface Problem {
  /** Index of its list; files that a list includes follow it. */
  readonly list: number;
  /** From 1; 0 where the list as a whole is meant. */
  readonly line: number;
  readonly text: string;
  readonly reason: string;
  readonly severity: 'unsupported' | 'broken' | 'partial';
}

/** What a module, script, shader or conversation was judged to be. */
export interface Verdict {
  readonly outcome: 'allow' | 'watch' | 'block';
  readonly family: string;
  readonly algorithm: string;
  readonly confidence: number;
  readonly evidence: readonly {
    readonly signature: string;
    readonly detail: string;
    readonly weight: number;
    readonly place: { readonly function: number | null; readonly offset: number | null };
  }[];
  readonly not_inspected: string | null;
}
"#;
