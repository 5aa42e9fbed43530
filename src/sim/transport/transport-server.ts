import type { Reply, SimCall } from '../wire/reply.ts'

export type Handle = (call: SimCall) => Promise<Reply>

/** A listening HTTP server. */
export interface TransportServer {
  readonly port: number
  /** Stops listening, closes idle connections, lets requests in flight end. */
  close(): void
  /** Stops at once and closes every connection. */
  kill(): void
}
