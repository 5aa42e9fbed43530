import type { Config } from '../config/load.ts'

const QUOTES = /^(["'`]).*\1$/
const SCHEME = /^bearer\s/i

type Keys = Pick<Config, 'access' | 'providers'>

/**
 * Sentences about keys that were probably not copied as they are: with the quotes around them (`docker --env-file`
 * keeps quotes) or with the word that Sluice adds. Never contains a key.
 */
export function suspiciousKeys({ access, providers }: Keys): string[] {
  const own = access.masterKey === undefined ? [] : quoted('access.masterKey', access.masterKey)
  return [...own, ...providers.flatMap(keysOf)]
}

function keysOf({ name, apiKey, headers }: Config['providers'][number]): string[] {
  const place = `providers.${name}`
  const inHeaders = Object.entries(headers).flatMap(([header, value]) => quoted(`${place}.headers.${header}`, value))
  return apiKey === undefined
    ? inHeaders
    : [...quoted(`${place}.apiKey`, apiKey), ...withScheme(place, apiKey), ...inHeaders]
}

const quoted = (place: string, value: string): string[] =>
  QUOTES.test(value) ? [`${place} begins and ends with quotes. Remove them: they are sent as part of the key.`] : []

const withScheme = (place: string, apiKey: string): string[] =>
  SCHEME.test(apiKey.replace(/^["'`]/, ''))
    ? [`${place}.apiKey begins with "Bearer ". Enter the key alone: Sluice adds the word.`]
    : []
