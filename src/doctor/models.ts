import { openaiChat } from '../formats/openai-chat/index.ts'
import type { GatewayUnderTest } from './examine.ts'

/**
 * Returns the models to examine: the named ones, or all that the gateway lists if none is named. A named model can be
 * missing from the list because a wildcard matches it. Throws Error with a message for the user.
 */
export async function chooseModels(gateway: GatewayUnderTest, named: readonly string[]): Promise<readonly string[]> {
  if (named.length === 0) {
    const { data } = (await get(gateway, '/v1/models')) as { data?: readonly { id: string }[] }
    if (!Array.isArray(data))
      throw new Error(`${gateway.url} returned no list of models. Check --url: it must be the address of a gateway.`)
    return (data as readonly { id: string }[]).map(({ id }) => id)
  }
  await Promise.all(named.map((name) => get(gateway, `/v1/models/${encodeURIComponent(name)}`)))
  return named
}

async function get({ url, key }: GatewayUnderTest, path: string): Promise<unknown> {
  if (!URL.canParse(path, url)) throw new Error(`"${url}" is not a URL. Write --url like http://127.0.0.1:8080`)
  const response = await fetch(new URL(path, url), {
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  const text = await response.text()
  if (response.ok) return JSON.parse(text)
  throw new Error(openaiChat.decodeError(text)?.message ?? `${url} returned status ${response.status} for GET ${path}.`)
}

const TIMEOUT_MS = 10_000
