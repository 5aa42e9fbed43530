import type { Call } from './call.ts'

/** English prose and code have about four bytes per token: accurate enough to compare requests with each other. */
const BYTES_PER_TOKEN = 4

/** Prompt tokens of a request, estimated from its bytes. */
export const promptTokens = ({ body }: Call): number => Math.ceil(body.envelope.promptBytes / BYTES_PER_TOKEN)
