import { openaiChat } from '../formats/openai-chat/index.ts'
import type { Patient } from './examine.ts'

/**
 * The models that are to be asked: those that are named, which may be on no list because a wildcard takes them, else all
 * that the gateway lists. Throws Error with a message for people.
 */
export async function chooseModels(patient: Patient, named: readonly string[]): Promise<readonly string[]> {
  if (named.length === 0) {
    const { data } = (await get(patient, '/v1/models')) as { data?: readonly { id: string }[] }
    if (!Array.isArray(data)) throw new Error(`${patient.url} has no list of models: is it a gateway?`)
    return (data as readonly { id: string }[]).map(({ id }) => id)
  }
  await Promise.all(named.map((name) => get(patient, `/v1/models/${encodeURIComponent(name)}`)))
  return named
}

async function get({ url, key }: Patient, path: string): Promise<unknown> {
  if (!URL.canParse(path, url)) throw new Error(`"${url}" is no URL. Give one such as http://127.0.0.1:8080`)
  const response = await fetch(new URL(path, url), {
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(MOST_MS),
  })
  const text = await response.text()
  if (response.ok) return JSON.parse(text)
  throw new Error(openaiChat.decodeError(text)?.message ?? `${url} answers ${response.status} to GET ${path}.`)
}

const MOST_MS = 10_000
