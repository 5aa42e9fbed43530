import type { Call } from './call.ts'

/** English prose and code take about four bytes a token; good enough to weigh one call against another. */
const BYTES_PER_TOKEN = 4

/** Prompt tokens of a call, estimated from its bytes. */
export const promptTokens = (call: Call): number => Math.ceil((call.envelope?.promptBytes ?? 0) / BYTES_PER_TOKEN)
