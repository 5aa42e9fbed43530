import { expect, test } from 'bun:test'
import { isProxied } from './is-proxied.ts'

const PROXY = 'http://127.0.0.1:3128'

test.each<[boolean, string, Record<string, string>]>([
  [false, 'https://api.example.com', {}],
  [true, 'https://api.example.com', { https_proxy: PROXY }],
  [true, 'https://api.example.com', { HTTPS_PROXY: PROXY }],
  [true, 'https://api.example.com', { ALL_PROXY: PROXY }],
  [true, 'http://10.0.0.1:8000', { http_proxy: '', HTTP_PROXY: PROXY }],
  [false, 'https://api.example.com', { http_proxy: PROXY }],
  [false, 'http://10.0.0.1:8000', { https_proxy: PROXY }],
  [false, 'http://10.0.0.1:8000', { http_proxy: '' }],
  [false, 'http://10.0.0.1:8000', { http_proxy: PROXY, no_proxy: '*' }],
  [false, 'http://10.0.0.1:8000', { http_proxy: PROXY, no_proxy: 'x, 10.0.0.1' }],
  [false, 'http://10.0.0.1:8000', { http_proxy: PROXY, NO_PROXY: '10.0.0.1:8000' }],
  [true, 'http://10.0.0.1:8000', { http_proxy: PROXY, NO_PROXY: '10.0.0.1:1' }],
  [true, 'http://10.0.0.1:8000', { http_proxy: PROXY, NO_PROXY: '0.0.1' }],
  [true, 'http://10.0.0.1:8000', { http_proxy: PROXY, NO_PROXY: ',' }],
  [false, 'http://gpu.lan', { http_proxy: PROXY, NO_PROXY: 'GPU.lan' }],
  [false, 'http://a.gpu.lan', { http_proxy: PROXY, NO_PROXY: '.gpu.lan' }],
  [false, 'http://a.gpu.lan', { http_proxy: PROXY, NO_PROXY: 'gpu.lan' }],
  [true, 'http://agpu.lan', { http_proxy: PROXY, NO_PROXY: 'gpu.lan' }],
])('%p: through a proxy to %s with %j', (expected, url, environment) =>
  expect(isProxied(url, environment)).toBe(expected),
)
