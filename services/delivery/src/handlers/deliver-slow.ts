/** The slow lane: the same work with a concurrency of its own, so that nobody waits for endpoints that take long. */
export { handler } from './deliver-webhook.ts';
