/** A fault that somebody might make in the real code. `text` stands there exactly once. */
export type Mutation = { readonly name: string; readonly file: string; readonly text: string; readonly by: string };
