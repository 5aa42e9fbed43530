// Requests and replies of the handlers, independent of the transport: the same handlers run behind two HTTP servers.

/** Receives the events of a stream. Writing after the end, or after the client disconnected, does nothing. */
export interface Sink {
  /** One event, or part of a body. */
  write(text: string): void
  /** The body is complete. */
  end(): void
  /** Closes the connection without ending the body (`close`) or with a TCP reset. Not every transport can. */
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
  /** True: the written text is bytes, one per character (Latin 1). Default: UTF-8. */
  readonly isBinary?: boolean
  /** Called once, when the transport is ready for the first event. */
  readonly start: (sink: Sink) => void
}

/** No response: the connection stays open without data, or breaks. */
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
  /** Fires when the client disconnects. */
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
