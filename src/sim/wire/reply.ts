// What a handler answers, before any transport: so that the same handlers stand behind two HTTP servers.

/** Where the events of a stream go. Writing after the end, or after the client left, does nothing. */
export interface Sink {
  /** One event, or part of a body. */
  write(text: string): void
  /** The body is complete. */
  end(): void
  /** Closes the connection, with the body left open (`close`) or with a TCP reset. Only where the transport can. */
  breakOff(how: 'close' | 'reset'): void
}

export interface WholeReply {
  readonly type: 'whole'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export interface StreamReply {
  readonly type: 'stream'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** What is written is bytes, one character each (Latin 1); else it is UTF-8. */
  readonly isBinary?: boolean
  /** Called once, when the transport is ready for the first event. */
  readonly start: (sink: Sink) => void
}

/** No answer at all: the connection stays open and silent, or breaks. */
export interface NoReply {
  readonly type: 'none'
  readonly how: 'silence' | 'close' | 'reset'
}

export type Reply = WholeReply | StreamReply | NoReply

/** One request as the handlers see it. */
export interface SimCall {
  readonly method: string
  readonly path: string
  header(name: string): string | undefined
  body(): Promise<string>
  /** Fires when the client leaves. */
  readonly signal: AbortSignal
}

const JSON_HEADERS = { 'content-type': 'application/json' }

export const jsonReply = (
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): WholeReply => ({
  type: 'whole',
  status,
  headers: { ...JSON_HEADERS, ...headers },
  body: JSON.stringify(value),
})
