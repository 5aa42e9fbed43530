import type { Call } from './call.ts'

/** English prose and code take about four bytes a token; good enough to weigh one request against another. */
const BYTES_PER_TOKEN = 4

/** Prompt tokens of a request, estimated from its bytes. */
export const promptTokens = ({ body }: Call): number => Math.ceil(body.envelope.promptBytes / BYTES_PER_TOKEN)
