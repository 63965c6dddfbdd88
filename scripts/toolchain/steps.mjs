/**
 * @typedef {{ kind: 'started', title: string }
 *   | { kind: 'finished', title: string, milliseconds: number }
 *   | { kind: 'failed', title: string, milliseconds: number }} StepEvent
 * @typedef {(event: StepEvent) => void} OnStep
 * @typedef {<T>(title: string, work: () => Promise<T>) => Promise<T>} Step
 */

/**
 * Runs pieces of work and tells `onStep` when each begins and ends, and how long it took.
 *
 * @param {OnStep} onStep
 * @returns {Step}
 */
export const stepsTo = (onStep) => async (title, work) => {
  const startedAt = performance.now();
  const milliseconds = () => Math.round(performance.now() - startedAt);
  onStep({ kind: 'started', title });
  try {
    const result = await work();
    onStep({ kind: 'finished', title, milliseconds: milliseconds() });
    return result;
  } catch (error) {
    onStep({ kind: 'failed', title, milliseconds: milliseconds() });
    throw error;
  }
};

/**
 * Shows steps to a person: one line for each that ended and, on a terminal, a moving line with those under way.
 *
 * @param {NodeJS.WriteStream} [stream]
 * @returns {OnStep}
 */
export const showSteps = (stream = process.stdout) => (stream.isTTY ? showLive(stream) : showPlain(stream));

/** @type {(stream: NodeJS.WriteStream) => OnStep} */
const showPlain = (stream) => (event) => {
  stream.write(event.kind === 'started' ? `  … ${event.title}\n` : `${ended(event)}\n`);
};

/** @type {(stream: NodeJS.WriteStream) => OnStep} */
const showLive = (stream) => {
  /** @type {Map<string, number>} */
  const underWay = new Map();
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  const redraw = () => {
    const parts = [...underWay].map(([title, since]) => `${title} ${seconds(performance.now() - since, 0)}`);
    stream.write(`\r\x1b[2K${parts.length > 0 ? `  … ${parts.join(' | ')}`.slice(0, stream.columns - 1) : ''}`);
  };
  return (event) => {
    if (event.kind === 'started') underWay.set(event.title, performance.now());
    else {
      underWay.delete(event.title);
      stream.write(`\r\x1b[2K${ended(event)}\n`);
    }
    clearInterval(timer);
    redraw();
    if (underWay.size > 0) timer = setInterval(redraw, 1000).unref();
  };
};

/** @type {(event: Exclude<StepEvent, { kind: 'started' }>) => string} */
const ended = ({ kind, title, milliseconds }) =>
  `  ${kind === 'finished' ? '✓' : '✗'} ${title.padEnd(44)} ${seconds(milliseconds, 1).padStart(8)}`;

/** @type {(milliseconds: number, digits: number) => string} */
const seconds = (milliseconds, digits) => `${(milliseconds / 1000).toFixed(digits)} s`;
