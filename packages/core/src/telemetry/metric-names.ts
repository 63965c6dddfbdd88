/**
 * Every metric of the system. Dimensions are `stage` and `service` and nothing else: applications and endpoints are
 * fields of log lines, because each value of a dimension is a metric of its own that is paid for.
 */
export const METRIC = {
  messageRejected: 'MessageRejected',
  /** Messages of ways in that take many at once; those of POST message are counted by fan-out alone. */
  messageAccepted: 'MessageAccepted',
  /** What came with the event id of a message that stands: its sender sent it twice. */
  messageRepeated: 'MessageRepeated',
  /** Messages that could not be written, of which their sender was told or that come again. */
  messageNotWritten: 'MessageNotWritten',
  /** Messages that were read from the outbox: each that was accepted, once, as a caller's repeat makes no second one. */
  messageFannedOut: 'MessageFannedOut',
  taskPublished: 'TaskPublished',
  /** Wake-ups of ordered endpoints, one for all messages of a log in a batch. */
  orderedWakePublished: 'OrderedWakePublished',
  recordQuarantined: 'RecordQuarantined',
  /** Messages that a replay sent again. */
  messageReplayed: 'MessageReplayed',
  /** Dead letters that were moved back, and records that were done again. */
  failedWorkRedriven: 'FailedWorkRedriven',
  /** Deliveries that nothing stood for: neither an end, nor a next attempt that is still to come. Zero, or a fault. */
  unaccounted: 'Unaccounted',
  /** Messages that the reconciler has looked at, and how far behind the present it is when it ends. */
  messageReconciled: 'MessageReconciled',
  reconcilerLagSeconds: 'ReconcilerLagSeconds',
  attemptSucceeded: 'AttemptSucceeded',
  attemptFailed: 'AttemptFailed',
  attemptExhausted: 'AttemptExhausted',
  retryScheduled: 'RetryScheduled',
  /** Endpoints that were disabled by an answer or after days of failure, not by their owners. */
  endpointDisabled: 'EndpointDisabled',
  /** Endpoints whose new URL was looked at; of those, which could not be reached, and whose certificate ends in two weeks. */
  endpointExamined: 'EndpointExamined',
  endpointUnreachable: 'EndpointUnreachable',
  certificateExpiring: 'CertificateExpiring',
  /** Tasks whose attempt stood recorded already: repeats of a queue that delivers at least once. */
  taskDropped: 'TaskDropped',
  /** Tasks that were sent back into a lane once, for their slot, for a pause or into the slow lane. No attempts. */
  taskPostponed: 'TaskPostponed',
  /** Tasks that wait until something can be sent to their endpoint. */
  taskParked: 'TaskParked',
  /** Parked tasks that were sent on. */
  taskReleased: 'TaskReleased',
  /** Endpoints that asked for fewer requests, whose breaker opened or closed, that became slow or quick again. */
  endpointPaused: 'EndpointPaused',
  breakerOpened: 'BreakerOpened',
  breakerClosed: 'BreakerClosed',
  endpointSlowed: 'EndpointSlowed',
  endpointQuickened: 'EndpointQuickened',
  /** Tasks that were put into another lane, because their endpoint's URL has become one of that lane's. */
  taskMoved: 'TaskMoved',
  /** Numbers of a log that were taken and never used, and that nobody waits for any more. */
  logHoleClosed: 'LogHoleClosed',
  /** How long the message has waited, in its log, that holds up an ordered endpoint. */
  orderedHeadAgeSeconds: 'OrderedHeadAgeSeconds',
  /** How late a look at a log came that was announced for a time. */
  orderedLookLateMilliseconds: 'OrderedLookLateMilliseconds',
  /** From the 202 to the end of a first attempt that succeeded: later ones have waited on purpose. */
  endToEndMilliseconds: 'EndToEndMilliseconds',
  /** Tasks that were put back into their lane when they were due. */
  dueTaskSent: 'DueTaskSent',
  /** Due items that were left where they are, because they cannot be read or their queue refuses them. */
  dueItemLeft: 'DueItemLeft',
  /** How long ago the oldest of what a sweep found should have been sent; 0 when all was in time. */
  oldestDueOverdueMilliseconds: 'OldestDueOverdueMilliseconds',
  /** Attempts and changes of endpoints that were announced or counted, repeats of a batch included. */
  changeProjected: 'ChangeProjected',
  domainEventPublished: 'DomainEventPublished',
  /** Rows of messages and attempts that were written into the archive, repeats of a batch included. */
  rowArchived: 'RowArchived',
  /** Objects whose rows were put into their partitions, and those that cannot be read and were left. */
  archiveObjectCompacted: 'ArchiveObjectCompacted',
  archiveObjectUnreadable: 'ArchiveObjectUnreadable',
  /** Runs after which nothing was left to compact. */
  archiveCompacted: 'ArchiveCompacted',
  /** Runs that looked at all large payloads of their days. */
  payloadsSwept: 'PayloadsSwept',
  /** Payloads and answers that were taken away for good because their owner asked for it. */
  contentExpunged: 'ContentExpunged',
  /** Calls of the API by how they ended; ingest counts refusals only. Faults are errors of the function. */
  callAnswered: 'CallAnswered',
  callRefused: 'CallRefused',
  /** What the table charged for an invocation, indexes included: the largest part of the price, made visible. */
  consumedReadUnits: 'ConsumedReadUnits',
  consumedWriteUnits: 'ConsumedWriteUnits',
} as const;

export type MetricName = (typeof METRIC)[keyof typeof METRIC];
