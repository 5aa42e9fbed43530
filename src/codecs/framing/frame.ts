/** One event of a stream, whatever it was wrapped in. */
export interface Frame {
  /** `event:` of server-sent events, `:event-type` of AWS; undefined where the wrapping has no names. */
  readonly name: string | undefined
  /** The payload: JSON text, or `[DONE]`. */
  readonly data: string
  /** AWS marks messages that end a stream in an error; `name` is then the error's. */
  readonly isError?: boolean
}

/** Cuts a byte stream into its frames, however the network chunked it. */
export interface FrameReader {
  /** The frames that are whole now. Throws GatewayError `upstream_malformed` for bytes that are no such stream. */
  push(chunk: Uint8Array): readonly Frame[]
  /** What the end of the stream completes. Throws GatewayError `upstream_cut` when it came within a frame. */
  end(): readonly Frame[]
}
