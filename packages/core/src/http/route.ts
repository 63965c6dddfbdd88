import type { Principal } from '../auth/token.ts';
import type { Result } from '../result.ts';
import type { Answer, Refusal } from './answer.ts';

/** One call of the HTTP API, as its route sees it. */
export type Call = {
  readonly method: string;
  /** As it was asked for, without slashes at its end. */
  readonly path: string;
  /** The path's variable parts, percent-decoded. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Query parameters; those given several times are joined by commas. */
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly rawQuery: string;
  /** Names are in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
};

type Answering<C> = (call: C) => Promise<Result<Answer, Refusal>>;

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
export type OrganisationCall = Call & { readonly principal: Extract<Principal, { kind: 'organisation' }> };
export type PrincipalCall = Call & { readonly principal: Principal };

/**
 * One operation of the API. `access` says who may call it: anybody, a producer with the whole organisation, or also one
 * application's own portal; whether the portal asks for its own application is the operation's to check.
 */
export type Route = { readonly method: Method; readonly path: `/${string}` } & (
  | { readonly access: 'anybody'; readonly answer: Answering<Call> }
  | { readonly access: 'organisation'; readonly answer: Answering<OrganisationCall> }
  | { readonly access: 'portal'; readonly answer: Answering<PrincipalCall> }
);

type Shape = `${Method} /${string}`;

/** The three ways to declare a route: `GET /api/v1/app/:app_id`. */
export const forAnybody = (shape: Shape, answer: Answering<Call>): Route => ({
  ...split(shape),
  access: 'anybody',
  answer,
});

export const forOrganisation = (shape: Shape, answer: Answering<OrganisationCall>): Route => ({
  ...split(shape),
  access: 'organisation',
  answer,
});

export const forPortal = (shape: Shape, answer: Answering<PrincipalCall>): Route => ({
  ...split(shape),
  access: 'portal',
  answer,
});

const split = (shape: Shape): Pick<Route, 'method' | 'path'> => {
  const [method, path] = shape.split(' ') as [Method, `/${string}`];
  return { method, path };
};
