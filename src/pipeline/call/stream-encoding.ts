/**
 * The controller of Bun's direct stream, its cheapest way to send one: bytes are written and flushed in the same turn.
 */
export interface DirectController {
  /** Returns a promise if the client's socket is full; it resolves when the socket has drained. */
  write(bytes: Uint8Array | string): number | Promise<number>
  flush(): unknown
  /**
   * With an error the connection is reset instead of ended, so that the client does not take the response for complete.
   */
  close(error?: Error): void
  /** The client has disconnected: frees what an encoding holds. Bun's own controller has nothing to free. */
  discard?(): void
}

/** Runs `send` with a controller that encodes what it is given. Resolves when the last byte is sent or discarded. */
export type StreamEncoding = (
  client: DirectController,
  send: (encoded: DirectController) => Promise<void>,
) => Promise<void>

/**
 * Chooses the encoding of a stream by the headers of its response, and adds those that describe it. Undefined: the
 * stream is sent as it is.
 */
export type EncodeStream = (headers: Record<string, string>) => StreamEncoding | undefined
