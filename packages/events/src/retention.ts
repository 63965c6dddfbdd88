/** How long a message and its attempts are kept, from the message's acceptance on. They leave the table together. */
export const RETENTION_SECONDS = 90 * 24 * 60 * 60;
