import { assertThat } from './verdict.ts'

interface ErrorEnvelope {
  readonly error?: { readonly message?: unknown; readonly type?: unknown; readonly code?: unknown } | null
}

/** The code of an error body. Throws a WrongResponse if the value has not the shape of an error. */
export function errorCodeOf(value: unknown): string {
  const { error } = (value ?? {}) as ErrorEnvelope
  assertThat(typeof error === 'object' && error !== null, 'an error without an error object')
  assertThat(typeof error.message === 'string' && error.message !== '', 'an error without a message')
  assertThat(typeof error.type === 'string', 'an error without a type')
  return String(error.code ?? error.type)
}

/** Throws a WrongResponse if the text is not JSON. */
export function parseJson(text: string, what: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    assertThat(false, `${what} is not JSON: ${JSON.stringify(text.slice(0, 120))}`)
  }
}
