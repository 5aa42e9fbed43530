import { expect, test } from 'bun:test'
import { acceptedEncoding } from './accept-encoding.ts'

test.each([
  [null, undefined],
  ['', undefined],
  ['gzip', 'gzip'],
  ['GZIP', 'gzip'],
  ['x-gzip', 'gzip'],
  ['gzip, deflate', 'gzip'],
  ['gzip, deflate, br', 'br'],
  ['gzip, deflate, br, zstd', 'zstd'],
  ['gzip;q=1.0, br;q=0.5, zstd;q=0.1', 'gzip'],
  ['gzip;q=0.5, br;q=0.5', 'br'],
  ['gzip ; q=0.8 , br;q=0.9', 'br'],
  ['br;q=0, gzip;q=0.001', 'gzip'],
  ['gzip;q=0', undefined],
  ['deflate', undefined],
  ['*', 'zstd'],
  ['*;q=0', undefined],
  ['zstd;q=0, *', 'br'],
  ['identity', undefined],
  ['gzip;q=0.5, identity', undefined],
  ['gzip;q=0.5, identity;q=0.5', 'gzip'],
  ['gzip, identity;q=0.5', 'gzip'],
  ['gzip;q=2', undefined],
  ['gzip;q=0.1234', undefined],
  ['gzip;q=x, br', 'br'],
  ['gzip;level=9', undefined],
  [',,;,=,', undefined],
  ['gzip, '.repeat(10_000), 'gzip'],
  [`${'x,'.repeat(50)}gzip`, undefined],
])('%p: %p', (header, encoding) => expect(acceptedEncoding(header).encoding).toBe(encoding as never))

test.each([
  ['gzip, identity;q=0', true],
  ['identity;q=0', true],
  ['*;q=0', true],
  ['gzip, *;q=0', true],
  ['*;q=0, identity;q=0.1', false],
  ['gzip', false],
  [null, false],
])('%p refuses a plain response: %p', (header, refuses) => expect(acceptedEncoding(header).refusesPlain).toBe(refuses))
