import { TokenError } from './token-error.ts'

const MAX_BYTES = 64 * 1024

/** Reads a file that another program refreshes, such as a projected service account token. Throws `TokenError`. */
export async function readTokenFile(path: string): Promise<string> {
  const text = await Bun.file(path)
    .slice(0, MAX_BYTES + 1)
    .text()
    .catch((thrown: unknown) => {
      const code = (thrown as { readonly code?: string }).code ?? 'unknown'
      throw new TokenError(`The token file ${path} cannot be read (${code}).`)
    })
  const token = text.trim()
  if (token === '') throw new TokenError(`The token file ${path} is empty.`)
  if (text.length > MAX_BYTES) throw new TokenError(`The token file ${path} is too large for a token.`)
  return token
}
