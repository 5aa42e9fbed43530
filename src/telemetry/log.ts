import pino from 'pino'
import { callLine, rejectionLine } from './call-line.ts'
import type { LogConfig } from './config.ts'
import { createLineSink, type DroppedLines, type LineSink } from './line-sink.ts'
import { redact, SECRET_FIELDS } from './redact.ts'
import type { CallRecord, Observer, RejectedRequest } from './observer.ts'

export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  call(record: CallRecord): void
  rejected(request: RejectedRequest): void
  setLevel(level: LogConfig['level']): void
  /** Resolves when what is still in memory is written. */
  drained(): Promise<void>
  readonly dropped: DroppedLines
}

/** JSON lines on standard output, written in batches: a request never waits for its line. */
export function createLog(level: LogConfig['level'], sink: LineSink = createLineSink(1)): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_FIELDS, censor: '[redacted]' },
      serializers: { error: errorFields },
      formatters: { level: (label) => ({ level: label }) },
    },
    sink,
  )
  return {
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    setLevel: (next) => {
      logger.level = next
    },
    call(record) {
      const isServerError = record.error !== undefined && record.status >= 500
      if (logger.isLevelEnabled(isServerError ? 'error' : 'info'))
        sink.write(callLine(record, isServerError ? 'error' : 'info', Date.now()))
    },
    rejected(request) {
      if (logger.isLevelEnabled('info')) sink.write(rejectionLine(request, Date.now()))
    },
    drained: sink.drained,
    dropped: sink.dropped,
  }
}

/** The log as an observer: one line for each request with `writes`. */
export function logRequests(log: Log): Observer {
  const span = {
    ended(call: CallRecord) {
      if (call.writes) log.call(call)
    },
  }
  return {
    callStarted: () => span,
    requestRejected(request) {
      if (request.writes) log.rejected(request)
    },
  }
}

const errorFields = (error: unknown) =>
  error instanceof Error
    ? { name: error.name, message: redact(error.message), stack: error.stack && redact(error.stack) }
    : { message: redact(String(error)) }
