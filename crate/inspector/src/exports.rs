//! The exports of the module; nothing is decided here.
//!
//! The attribute that gives a function its exported name counts as unsafe, because two functions of
//! one name would clash; this is the only file where that is allowed, and the names below are
//! unique in this crate, which nothing links but the module itself and its tests. No memory is
//! touched unsafely: the guard writes into a buffer that this side owns, between calls.
#![allow(unsafe_code)]

use crate::state::State;
use std::cell::RefCell;

thread_local! {
    // A module instance has one thread; the state lives as long as the instance.
    static STATE: RefCell<State> = const { RefCell::new(State::new()) };
}

/// Calls never nest, so the state is always free; if it were not, the answer is the neutral one.
fn with<T: Default>(act: impl FnOnce(&mut State) -> T) -> T {
    STATE.with(|state| {
        state
            .try_borrow_mut()
            .map_or_else(|_| T::default(), |mut state| act(&mut state))
    })
}

/// Room for an input of `len` bytes; its address, or 0 where there is none.
#[unsafe(no_mangle)]
pub extern "C" fn reserve(len: u32) -> usize {
    with(|state| state.reserve(len as usize))
}

/// Replaces the built-in signatures by the compiled set in the buffer; 0 when it is accepted.
#[unsafe(no_mangle)]
pub extern "C" fn load_signatures(len: u32) -> u32 {
    with(|state| state.load_signatures(len as usize))
}

/// Inspects the buffer: kind 0 a module, 1 a script, 2 a shader. 0 allow, 1 watch, 2 block.
#[unsafe(no_mangle)]
pub extern "C" fn inspect(kind: u32, len: u32) -> u32 {
    with(|state| state.inspect(kind, len as usize))
}

/// Writes the module in the buffer anew, with its work counted, under the name that follows it in the
/// buffer; how long the outcome is, 0 where there is none.
#[unsafe(no_mangle)]
pub extern "C" fn instrument(len: u32, name_len: u32) -> usize {
    with(|state| state.instrument(len as usize, name_len as usize))
}

/// Where the module that was written last is.
#[unsafe(no_mangle)]
pub extern "C" fn output_ptr() -> usize {
    with(|state| state.output().as_ptr() as usize)
}

/// Begins to follow a connection; its number.
#[unsafe(no_mangle)]
pub extern "C" fn conversation_open() -> u32 {
    with(State::conversation_open)
}

/// Takes the message in the buffer into account: direction 0 to the page, 1 from it.
#[unsafe(no_mangle)]
pub extern "C" fn conversation_message(id: u32, direction: u32, len: u32, now_ms: f64) -> u32 {
    with(|state| state.conversation_message(id, direction, len as usize, now_ms))
}

/// Forgets a connection.
#[unsafe(no_mangle)]
pub extern "C" fn conversation_close(id: u32) {
    with(|state| state.conversation_close(id));
}

/// Where the JSON text of the last verdict is.
#[unsafe(no_mangle)]
pub extern "C" fn result_ptr() -> usize {
    with(|state| state.result().as_ptr() as usize)
}

/// How long the JSON text of the last verdict is, in bytes of UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn result_len() -> usize {
    with(|state| state.result().len())
}
