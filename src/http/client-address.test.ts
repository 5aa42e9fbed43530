import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { isIP } from 'node:net'
import { runs } from '../../test/runs.ts'
import { clientAddress, trustTest } from './client-address.ts'

const from = (peer: string | undefined, forwarded: string | undefined, trusted: readonly string[]) =>
  clientAddress(peer, new Headers(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }), trustTest(trusted))

const PROXIES = ['10.0.0.0/8', 'fd00::/8', '192.0.2.7']

test.each([
  ['a proxy that is not trusted', '203.0.113.9', '1.2.3.4', '203.0.113.9'],
  ['no header', '10.0.0.1', undefined, '10.0.0.1'],
  ['one proxy', '10.0.0.1', '1.2.3.4', '1.2.3.4'],
  ['what the client itself added', '10.0.0.1', '6.6.6.6, 1.2.3.4', '1.2.3.4'],
  ['two proxies', '10.0.0.1', '6.6.6.6, 1.2.3.4, 10.9.9.9', '1.2.3.4'],
  ['a proxy by its address', '192.0.2.7', '1.2.3.4', '1.2.3.4'],
  ['the neighbor of that address', '192.0.2.8', '1.2.3.4', '192.0.2.8'],
  ['proxies only', '10.0.0.1', '10.0.0.3, 10.0.0.2', '10.0.0.3'],
  ['a port', '10.0.0.1', '1.2.3.4:5678', '1.2.3.4'],
  ['IPv6', '10.0.0.1', '2001:db8::1', '2001:db8::1'],
  ['IPv6 with a port', '10.0.0.1', '[2001:db8::1]:443', '2001:db8::1'],
  ['IPv6 in brackets', '10.0.0.1', '[2001:db8::1]', '2001:db8::1'],
  ['a proxy with IPv6', 'fd12::1', '1.2.3.4, fd00::5', '1.2.3.4'],
  ['IPv4 on a socket of IPv6', '::ffff:10.0.0.1', '::ffff:1.2.3.4', '1.2.3.4'],
  ['a zone', 'fd00::1%eth0', 'fe80::1%eth1', 'fe80::1'],
  ['spaces', '10.0.0.1', '  1.2.3.4\t,10.0.0.2 ', '1.2.3.4'],
  ['unknown', '10.0.0.1', '1.2.3.4, unknown, 10.0.0.2', '10.0.0.2'],
  ['an empty header', '10.0.0.1', '', '10.0.0.1'],
  ['text', '10.0.0.1', '1.2.3.4, <script>', '10.0.0.1'],
  ['an octet too large', '10.0.0.1', '1.2.3.256', '10.0.0.1'],
  ['a leading zero', '10.0.0.1', '010.0.0.2', '10.0.0.1'],
  ['a line break', '10.0.0.1', '1.2.3.4\\n5.6.7.8', '10.0.0.1'],
])('%s', (_, peer, forwarded, client) => expect(from(peer, forwarded, PROXIES)).toBe(client))

test.each([
  [undefined, ['unix'], '1.2.3.4'],
  [undefined, PROXIES, undefined],
  ['127.0.0.1', ['private'], '1.2.3.4'],
  ['172.31.255.255', ['private'], '1.2.3.4'],
  ['172.32.0.0', ['private'], '172.32.0.0'],
  ['::1', ['private'], '1.2.3.4'],
  ['127.0.0.1', [], '127.0.0.1'],
])('peer %p, trusted %p: %p', (peer, trusted, client) => expect(from(peer, '1.2.3.4', trusted)).toBe(client))

test('a long chain is read from its end, in bounded time', () => {
  expect(from('10.0.0.1', Array(100_000).fill('10.0.0.2').join(), PROXIES)).toBe('10.0.0.2')
})

test('any header yields an address', () => {
  const part = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.string(),
    fc.constantFrom('10.0.0.1', '[::1]:1', ':', '[', '1.2.3.4:99999999'),
  )
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const header = parts.join(',').replace(/[^\u0020-\u007e]/g, '')
      expect(isIP(from('10.0.0.1', header, PROXIES)!)).toBeGreaterThan(0)
    }),
    runs(),
  )
})
