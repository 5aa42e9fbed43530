// The true reason why there is no response, over real sockets.
import { afterAll, describe, expect, test } from 'bun:test'
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'
import { createCertificate } from '../../test/certificate.ts'
import { checkHealth } from './health-check.ts'
import { send } from './send.ts'
import { whyHandshakeFails } from './tls-handshake.ts'
import { asTransportError } from './transport-error.ts'

const servers: Server[] = []
afterAll(() => servers.forEach((server) => server.close()))

const certificate = createCertificate()

async function portOf(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

const tlsServer = (options: TlsOptions) =>
  portOf(
    createTlsServer({ ...certificate, ...options }, (socket) => socket.on('error', () => {}).resume()).on(
      'tlsClientError',
      () => {},
    ),
  )

/** Answers the first bytes of each connection. */
const serverThat = (respond: (socket: Socket) => void) =>
  portOf(createServer((socket) => socket.on('error', () => {}).once('data', () => respond(socket))))

/** A TLS alert of level fatal, as a record of TLS 1.2. */
const alerts = (description: number) =>
  serverThat((socket) => socket.end(Buffer.from([21, 3, 3, 0, 2, 2, description])))

const failureOf = async (url: string, isProxied = false) =>
  send({ url, headers: {}, body: () => new Uint8Array(2), signal: new AbortController().signal, isProxied }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  )

describe('an upstream whose TLS handshake fails', () => {
  test.each<[title: string, port: () => Promise<number>, reason: RegExp]>([
    ['alerts: certificate required', () => alerts(116), /requires a client certificate\./],
    ['alerts: handshake failure', () => alerts(40), /requires a client certificate, or has no cipher in common/],
    ['alerts: unknown authority', () => alerts(48), /rejected the client certificate/],
    ['alerts: protocol version', () => alerts(70), /only outdated versions of TLS/],
    ['alerts: unrecognized name', () => alerts(112), /no certificate for the host name/],
    ['alerts: internal error', () => alerts(80), /failed the TLS handshake/],
    [
      'does not use TLS',
      () => serverThat((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
      /does not use TLS on this port/,
    ],
  ])('%s', async (_title, port, reason) => {
    const failure = await failureOf(`https://localhost:${await port()}/`)
    expect(failure).toMatchObject({ code: 'upstream_unreachable', message: expect.stringMatching(reason) })
  })

  test.each([
    ['TLSv1.3', 'requires a client certificate'],
    ['TLSv1.2', 'rejected the TLS handshake: it requires a client certificate, or has no cipher in common'],
  ] as const)('requires a client certificate with %s', async (version, reason) => {
    const options = { requestCert: true, rejectUnauthorized: true, minVersion: version, maxVersion: version }
    const port = await tlsServer({ ...options, ca: [certificate.cert] })
    expect(await whyHandshakeFails(`https://localhost:${port}/`)).toBe(reason)
  })

  test('fails for a reason that a second handshake does not find', async () => {
    const port = await serverThat((socket) => socket.resetAndDestroy())
    expect(await whyHandshakeFails(`https://localhost:${port}/`)).toBeUndefined()
  })

  test.each([
    ['CERT_HAS_EXPIRED', /has expired/],
    ['ERR_TLS_CERT_ALTNAME_INVALID', /another host name/],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', /not trusted/],
    ['CERT_SIGNATURE_FAILURE', /not trusted/],
  ])('has a certificate that fails: %s', (code, reason) => {
    expect(asTransportError(Object.assign(new Error('no'), { code })).message).toMatch(reason)
  })
})

describe('a proxy that opens no connection', () => {
  const refusal = (status: string) =>
    Object.assign(new Error(`Proxy refused to open a tunnel: ${status}`), { code: 'ERR_PROXY_TUNNEL' })

  test.each([
    [
      '407 Proxy Authentication Required',
      'The proxy refused a tunnel to the upstream (status 407). Check the user name and password in HTTPS_PROXY.',
    ],
    [
      '403 Forbidden',
      "The proxy refused a tunnel to the upstream (status 403). Allow the upstream's host name and port there.",
    ],
    ['502 Bad Gateway', 'The proxy refused a tunnel to the upstream (status 502). Check HTTPS_PROXY.'],
  ])('refuses a tunnel: %s', (status, message) => {
    expect(asTransportError(refusal(status))).toMatchObject({ code: 'upstream_unreachable', message })
  })

  test.each([
    ['ECONNREFUSED', 'The proxy refused the connection. Check HTTPS_PROXY and HTTP_PROXY.'],
    ['ENOTFOUND', 'The proxy has a host name that does not resolve. Check HTTPS_PROXY and HTTP_PROXY.'],
  ])('cannot be reached: %s', (code, message) => {
    expect(asTransportError(Object.assign(new Error('no'), { code }), { isProxied: true })).toMatchObject({
      code: 'upstream_unreachable',
      message,
    })
  })

  test.each(['407 Proxy Authentication Required', '403 Forbidden'])('over a real proxy: %s', async (status) => {
    const proxy = await serverThat((socket) => socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 0\r\n\r\n`))
    const thrown: unknown = await fetch('https://upstream.invalid/', { proxy: `http://127.0.0.1:${proxy}` }).catch(
      (error: unknown) => error,
    )
    expect(asTransportError(thrown)).toMatchObject({
      code: 'upstream_unreachable',
      message: expect.stringContaining(`(status ${status.slice(0, 3)})`),
    })
  })
})

test.each([
  ['http://127.0.0.1:9/', 'connection failed: upstream refused the connection'],
  ['http://no-such-host.invalid/', 'connection failed: upstream has a host name that does not resolve'],
])('a health check of %s reports the reason', async (url, detail) => {
  expect(await checkHealth({ url, headers: {}, intervalMs: 1000, timeoutMs: 20_000 })).toMatchObject({
    result: 'miss',
    detail,
  })
})
