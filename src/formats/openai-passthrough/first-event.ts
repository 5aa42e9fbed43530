interface Chunk {
  readonly choices?: readonly ({
    readonly delta?: Readonly<Record<string, unknown>> | null
    readonly finish_reason?: unknown
    readonly text?: unknown
  } | null)[]
}

/**
 * True for events that servers send before any content: a role without text, or no choices (Azure's filter results).
 * If an error follows, the response has failed before it began, and the attempt can be retried.
 */
export function isPreamble(data: string): boolean {
  let chunk: Chunk
  try {
    chunk = JSON.parse(data) as Chunk
  } catch {
    return false
  }
  if (!Array.isArray(chunk?.choices)) return false
  return chunk.choices.every(
    (choice) => !choice?.finish_reason && choice?.text === undefined && isSilent(choice?.delta),
  )
}

const isSilent = (delta: Readonly<Record<string, unknown>> | null | undefined): boolean =>
  delta !== undefined &&
  delta !== null &&
  Object.entries(delta).every(
    ([field, value]) => field === 'role' || !value || (Array.isArray(value) && value.length === 0),
  )
