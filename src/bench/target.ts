// The address to which the load is sent.

export interface Target {
  readonly host: string
  readonly port: number
  readonly isTls: boolean
  readonly path: string
  /** The full URL, for the report. */
  readonly url: string
}

const OPERATION =
  /\/(?:chat\/completions|completions|responses|messages|embeddings|rerank)$|:(?:stream)?[gG]enerateContent$/

/** Reads a full URL, or a base such as `http://127.0.0.1:8080/v1`, to which `/chat/completions` is added. Throws Error with advice. */
export function parseTarget(text: string): Target {
  const url = URL.parse(/^[a-z]+:\/\//i.test(text) ? text : `http://${text}`)
  if (url === null || url.hostname === '' || !/^https?:$/.test(url.protocol))
    throw new Error(`"${text}" is not a URL. Write it like http://127.0.0.1:8080/v1`)
  const isTls = url.protocol === 'https:'
  const base = url.pathname.replace(/\/+$/, '')
  const path = OPERATION.test(base) ? base : `${base === '' ? '/v1' : base}/chat/completions`
  const port = url.port === '' ? (isTls ? 443 : 80) : Number(url.port)
  const host = url.hostname.replace(/^\[|\]$/g, '')
  return { host, port, isTls, path: path + url.search, url: `${url.protocol}//${url.host}${path}${url.search}` }
}
