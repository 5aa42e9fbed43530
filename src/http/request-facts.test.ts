import { expect, test } from 'bun:test'
import { pathOf } from './request-facts.ts'

test.each([
  ['http://x/v1/chat/completions', '/v1/chat/completions'],
  ['http://x:8080/v1/models?key=/a', '/v1/models'],
  ['http://x/v1/models/', '/v1/models'],
  ['http://x/', '/'],
  ['http://x', '/'],
  ['http://x//health', '//health'],
  ['http://x/a://b/health', '/a://b/health'],
  ['/health', '/health'],
  ['/a://b/health?x', '/a://b/health'],
])('the path of %s is %s', (url, path) => expect(pathOf(url)).toBe(path))
