import { createHash, createHmac } from 'node:crypto'
import { describe, expect, test } from 'bun:test'
import { SignatureV4 } from '@smithy/signature-v4'
import fc from 'fast-check'
import { Signer } from './sign.ts'
import { runs } from '../../../test/runs.ts'

const NOW = Date.UTC(2015, 7, 30, 12, 36, 0)
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const HOST = 'https://example.amazonaws.com'

const bytes = (text: string) => Buffer.from(text)

// The documented test suite: https://docs.aws.amazon.com/IAM/latest/UserGuide/signature-v4-test-suite.html
describe('of the documented suite', () => {
  test.each<[string, string, string, Record<string, string>, string, string]>([
    ['get-vanilla', 'GET', '/', {}, '', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['post-vanilla', 'POST', '/', {}, '', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'get-vanilla-query-order-key-case',
      'GET',
      '/?Param2=value2&Param1=value1',
      {},
      '',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
    [
      'get-vanilla-query-order-value',
      'GET',
      '/?Param1=value2&Param1=value1',
      {},
      '',
      '5772eed61e12b33fae39ee5e7012498b51d56abc0abb7c60486157bd471c4694',
    ],
    [
      'get-header-value-trim',
      'GET',
      '/',
      { 'My-Header1': ' value1', 'My-Header2': ' "a   b   c"' },
      '',
      'acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736',
    ],
    [
      'post-header-key-sort',
      'POST',
      '/',
      { 'My-Header1': 'value1' },
      '',
      'c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c',
    ],
    [
      'post-x-www-form-urlencoded',
      'POST',
      '/',
      { 'Content-Type': 'application/x-www-form-urlencoded' },
      'Param1=value1',
      'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
    ],
  ])('%s', (_title, method, path, headers, body, signature) => {
    const request = { method, url: new URL(HOST + path), headers, body: bytes(body) }
    const signed = new Signer('us-east-1', 'service').sign(request, KEYS, NOW)
    expect(signed['authorization']).toEndWith(`Signature=${signature}`)
    expect(signed['x-amz-date']).toBe('20150830T123600Z')
  })

  test("the documentation's own example", () => {
    const request = {
      method: 'GET',
      url: new URL('https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08'),
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: bytes(''),
    }
    expect(new Signer('us-east-1', 'iam').sign(request, KEYS, NOW)['authorization']).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, ' +
        'SignedHeaders=content-type;host;x-amz-date, ' +
        'Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    )
  })
})

/** The hash for the vendor library, from the runtime. */
class Sha256 {
  readonly #hash
  constructor(secret?: string | Uint8Array) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret)
  }
  update(data: Uint8Array): void {
    this.#hash.update(data)
  }
  digest = async (): Promise<Uint8Array> => this.#hash.digest()
  reset(): void {}
}

/** The vendor library's signature of the same request. */
async function vendorSigned(
  url: URL,
  body: Uint8Array,
  credentials: typeof KEYS & { sessionToken?: string },
  nowMs: number,
) {
  const { hostname, host, pathname } = url
  const signer = new SignatureV4({
    service: 'bedrock',
    region: 'eu-west-1',
    sha256: Sha256 as never,
    applyChecksum: false,
    credentials,
  })
  const request = { method: 'POST', protocol: 'https:', hostname, path: pathname, query: {}, body }
  const headers = { host, 'content-type': 'application/json' }
  const signed: unknown = await signer.sign({ ...request, headers } as never, { signingDate: new Date(nowMs) })
  return (signed as { headers: Record<string, string> }).headers['authorization']
}

test('any model is signed as the vendor library signs it, its path encoded twice', () =>
  fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string({ minLength: 1 }),
        fc.constantFrom(
          'us.anthropic.claude-sonnet-4-5-20250929-v1:0',
          'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0',
        ),
      ),
      fc.uint8Array(),
      fc.option(fc.constant('session'), { nil: undefined }),
      fc.integer({ min: 0, max: 4e12 }),
      async (model, body, sessionToken, nowMs) => {
        fc.pre(!/^\.{1,2}$/.test(model))
        const url = new URL(
          `https://bedrock-runtime.eu-west-1.amazonaws.com/model/${encodeURIComponent(model)}/converse`,
        )
        const credentials = { ...KEYS, ...(sessionToken !== undefined && { sessionToken }) }
        const request = { method: 'POST', url, headers: { 'content-type': 'application/json' }, body }
        const signed = new Signer('eu-west-1', 'bedrock').sign(request, credentials, nowMs)
        expect(signed['authorization']).toBe((await vendorSigned(url, body, credentials, nowMs))!)
        expect(signed['x-amz-security-token']).toBe(sessionToken!)
      },
    ),
    runs(),
  ))

test('a signer follows changes of the date and of the keys', () => {
  const request = { method: 'GET', url: new URL(HOST), headers: {}, body: bytes('') }
  const signer = new Signer('us-east-1', 'service')
  const others = { ...KEYS, secretAccessKey: 'another' }
  for (const [keys, at] of [
    [KEYS, NOW],
    [KEYS, NOW + 86_400_000],
    [others, NOW],
    [KEYS, NOW],
  ] as const)
    expect(signer.sign(request, keys, at)).toEqual(new Signer('us-east-1', 'service').sign(request, keys, at))
})
