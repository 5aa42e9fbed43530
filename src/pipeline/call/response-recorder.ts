/** Reads what a client is sent, in its format, just before it is sent. */
export interface ResponseRecorder {
  /** A whole response. Resolves when it may be sent; undefined: at once. Never rejects. */
  whole(body: Uint8Array | string): Promise<void> | undefined
  /** Whole events of a stream, in order. */
  events(events: Uint8Array | string): Promise<void> | undefined
}
