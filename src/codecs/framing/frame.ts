/** One event of a stream, independent of its framing. */
export interface Frame {
  /** `event:` of server-sent events, `:event-type` of AWS; undefined if the framing has no names. */
  readonly name: string | undefined
  /** The payload: JSON text, or `[DONE]`. */
  readonly data: string
  /** AWS marks messages that end a stream in an error; `name` is then the error's. */
  readonly isError?: boolean
}

/** Splits a byte stream into frames, independent of network chunks. */
export interface FrameReader {
  /** The frames that are complete now. Throws GatewayError `upstream_malformed` for bytes that are not such a stream. */
  push(chunk: Uint8Array): readonly Frame[]
  /** The frames that the end of the stream completes. Throws GatewayError `upstream_cut` if it ended inside a frame. */
  end(): readonly Frame[]
}
