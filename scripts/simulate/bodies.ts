/** Small, compressible, too large for a task, so that the message is read, and too large for that, so that an object is. */
export const bodyOf = (name: string, kind: number): string => {
  switch (kind) {
    case 1:
      return JSON.stringify({ post: name, text: 'again and '.repeat(200) });
    case 2:
      return JSON.stringify({ post: name, text: numbers(1_600) });
    case 3:
      return ` {"post":"${name}", "price": 1.50, "text":"ü€😀" } `;
    case 4:
      return JSON.stringify({ post: name, text: numbers(5_000) });
    default:
      return `{"post":"${name}"}`;
  }
};

/** Numbers without a pattern that compression would find. */
const numbers = (count: number): readonly number[] =>
  Array.from({ length: count }, (_, n) => Math.imul(n + 7, 0x9e3779b1) >>> 0);
