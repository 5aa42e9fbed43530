import { insist } from './verdict.ts'

interface ErrorEnvelope {
  readonly error?: { readonly message?: unknown; readonly type?: unknown; readonly code?: unknown } | null
}

/** The code of an error as clients are told it. Throws a Lie when it is not shaped like one. */
export function errorCodeOf(value: unknown): string {
  const { error } = (value ?? {}) as ErrorEnvelope
  insist(typeof error === 'object' && error !== null, 'an error without an error object')
  insist(typeof error.message === 'string' && error.message !== '', 'an error without a message')
  insist(typeof error.type === 'string', 'an error without a type')
  return String(error.code ?? error.type)
}

/** Throws a Lie for what is no JSON. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    insist(false, `${what} is no JSON: ${JSON.stringify(text.slice(0, 120))}`)
  }
}
