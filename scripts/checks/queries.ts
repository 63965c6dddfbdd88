import type { Finding, Report } from './finding.ts';

/** Words of the query language of CloudWatch Logs Insights, as far as these queries speak it. */
const LANGUAGE = [
  'fields',
  'filter',
  'stats',
  'sort',
  'limit',
  'display',
  'by',
  'as',
  'asc',
  'desc',
  'and',
  'or',
  'in',
];

/** What Lambda puts into its own lines, and Powertools into each of ours. */
const GIVEN = ['type', 'record', 'level', 'message', 'service', 'error'];

export type Query = { readonly file: string; readonly text: string };

/** What can stand in a log line: fields of the access log, and whatever is written in the code that logs. */
export type Loggable = { readonly accessLog: readonly string[]; readonly source: string };

/** Saved queries ask for fields and event names that are logged. A misspelt one finds nothing, at the worst moment. */
export const checkQueries = (queries: readonly Query[], { accessLog, source }: Loggable): Report => {
  const isField = (name: string): boolean =>
    GIVEN.includes(name) || accessLog.includes(name) || new RegExp(`\\b${name}:`).test(source);
  return {
    findings: queries.flatMap(({ file, text }) => [
      ...fieldsOf(text)
        .filter((name) => !isField(name))
        .map((name) => finding(file, `asks for ${name}, a field that no code logs`)),
      ...eventsOf(text)
        .filter((name) => !source.includes(`'${name}'`))
        .map((name) => finding(file, `asks for ${name}, an event that no code logs`)),
    ]),
    notes: [`${queries.length} queries`],
  };
};

const finding = (file: string, reason: string): Finding => ({ file, reason });

const withoutComments = (text: string): string => text.replace(/^#.*$/gm, '');

/** Names that are neither of the language, nor a function's, nor given by the query itself. */
const fieldsOf = (text: string): string[] => {
  const query = withoutComments(text).replace(/"[^"]*"/g, '');
  const own = [...query.matchAll(/\bas (\w+)/g)].map(([, name]) => name);
  const names = [...query.matchAll(/(?<![\w.@])[a-z]\w*(?=(\.\w+)*)(?![\w(])/g)].map(([name]) => name);
  return [...new Set(names)].filter((name) => !LANGUAGE.includes(name) && !own.includes(name));
};

/** Values of `message`: the names of our own log lines, such as "delivery.attempted". */
const eventsOf = (text: string): string[] =>
  [...withoutComments(text).matchAll(/\bmessage (?:=|in) *(\[[^\]]*\]|"[^"]*")/g)].flatMap(([, value = '']) =>
    [...value.matchAll(/"([^"]*)"/g)].map(([, name = '']) => name),
  );
