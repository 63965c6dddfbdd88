import { json, jsonText, type Refusal } from '@fanfare/core/http/answer';
import { forPortal, type PrincipalCall, type Route } from '@fanfare/core/http/route';
import type { ApplicationRef } from '@fanfare/core/keys';
import { ok, type Result } from '@fanfare/core/result';
import { attemptText } from '../domain/attempt-json.ts';
import { listAttemptedEndpoints } from '../domain/attempted-endpoints.ts';
import { listAttemptedMessages } from '../domain/attempted-messages.ts';
import { findAttempt, listAttemptsOfEndpoint, listAttemptsOfMessage } from '../domain/attempts.ts';
import { endpointStatistics, statisticsQuery } from '../domain/endpoint-statistics.ts';
import type { HistoryPorts } from '../domain/history.ts';
import { listAnswer } from '../domain/list-answer.ts';
import { listQuery, pageQuery, withContent } from '../domain/list-query.ts';
import { messageText } from '../domain/message-json.ts';
import { listMessages } from '../domain/messages.ts';
import { applicationFor, messageFor } from '../domain/scope.ts';
import type { RowPage } from '../domain/walk.ts';

const APP = '/api/v1/app/:app_id';

/** Everything that can be read of an application's messages, their attempts, and what was counted of them. */
export const historyRoutes = (ports: HistoryPorts): Route[] => {
  const list =
    <Query>(queryOf: (rawQuery: string) => Result<Query, Refusal>, read: List<Query>) =>
    async (call: PrincipalCall) => {
      const query = queryOf(call.rawQuery);
      if (!query.ok) return query;
      const application = await applicationFor(call.principal, part(call, 'app_id'), ports);
      if (!application.ok) return application;
      const page = await read(application.value, query.value, call);
      return page.ok ? ok(listAnswer(page.value)) : page;
    };

  const one = (read: One) => async (call: PrincipalCall) => {
    const application = await applicationFor(call.principal, part(call, 'app_id'), ports);
    if (!application.ok) return application;
    const text = await read(application.value, call);
    return text.ok ? ok(jsonText(200, text.value)) : text;
  };

  return [
    forPortal(
      `GET ${APP}/msg`,
      list(ofMessages, async (application, query) => ok(await listMessages(application, query, ports))),
    ),
    forPortal(
      `GET ${APP}/msg/:msg_id`,
      one(async (application, call) => {
        const message = await messageFor(application, part(call, 'msg_id'), ports);
        if (!message.ok) return message;
        return ok(await messageText(application, message.value, withContent(call.rawQuery), ports));
      }),
    ),
    forPortal(
      `GET ${APP}/msg/:msg_id/endpoint`,
      list(pageQuery, (application, start, call) =>
        listAttemptedEndpoints(application, part(call, 'msg_id'), start, ports),
      ),
    ),
    forPortal(
      `GET ${APP}/msg/:msg_id/attempt/:attempt_id`,
      one(async (application, call) => {
        const attempt = await findAttempt(application, part(call, 'msg_id'), part(call, 'attempt_id'), ports);
        return attempt.ok ? ok(attemptText(attempt.value, withContent(call.rawQuery))) : attempt;
      }),
    ),
    forPortal(
      `GET ${APP}/attempt/msg/:msg_id`,
      list(ofAttempts, (application, query, call) =>
        listAttemptsOfMessage(application, part(call, 'msg_id'), query, ports),
      ),
    ),
    forPortal(
      `GET ${APP}/attempt/endpoint/:endpoint_id`,
      list(ofAttempts, (application, query, call) =>
        listAttemptsOfEndpoint(application, part(call, 'endpoint_id'), query, ports),
      ),
    ),
    forPortal(
      `GET ${APP}/endpoint/:endpoint_id/msg`,
      list(ofAttempts, (application, query, call) =>
        listAttemptedMessages(application, part(call, 'endpoint_id'), query, ports),
      ),
    ),
    forPortal(`GET ${APP}/endpoint/:endpoint_id/stats`, async (call) => {
      const hours = statisticsQuery(call.rawQuery, ports.now());
      if (!hours.ok) return hours;
      const application = await applicationFor(call.principal, part(call, 'app_id'), ports);
      if (!application.ok) return application;
      const counted = await endpointStatistics(application.value, part(call, 'endpoint_id'), hours.value, ports);
      return counted.ok ? ok(json(200, counted.value)) : counted;
    }),
  ];
};

type List<Query> = (
  application: ApplicationRef,
  query: Query,
  call: PrincipalCall,
) => Promise<Result<RowPage, Refusal>>;
type One = (application: ApplicationRef, call: PrincipalCall) => Promise<Result<string, Refusal>>;

const ofMessages = (rawQuery: string) => listQuery(rawQuery, 'msg');
const ofAttempts = (rawQuery: string) => listQuery(rawQuery, 'atmpt');
const part = (call: PrincipalCall, name: string): string => call.parameters[name] ?? '';
