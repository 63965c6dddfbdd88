/** A fault that somebody might make in the real code. `text` stands there exactly once. */
export type Mutation = {
  readonly name: string;
  readonly file: string;
  readonly text: string;
  readonly by: string;
  /** The first of the seeds that have to find it, where what it takes is rare; 1 otherwise. */
  readonly from?: number;
};
