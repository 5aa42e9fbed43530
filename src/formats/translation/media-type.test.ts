import { describe, expect, test } from 'bun:test'
import { mediaTypeOf } from './media-type.ts'

const base64 = (latin1: string): string => Buffer.from(latin1, 'latin1').toString('base64')

describe('the first bytes identify the media type of', () => {
  test.each([
    ['a PNG', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'image/png'],
    ['a JPEG', '\xff\xd8\xff\xe0\0\x10JFIF', 'image/jpeg'],
    ['a GIF', 'GIF89a\x01\0\x01\0', 'image/gif'],
    ['an old GIF', 'GIF87a\x01\0\x01\0', 'image/gif'],
    ['a WebP', 'RIFF\x1a\0\0\0WEBPVP8 ', 'image/webp'],
    ['a BMP', 'BM\x46\0\0\0\0\0\0\0\x36', 'image/bmp'],
    ['a TIFF', 'II*\0\x08\0\0\0', 'image/tiff'],
    ['an AVIF', '\0\0\0\x20ftypavif', 'image/avif'],
    ['a HEIC', '\0\0\0\x18ftypheic', 'image/heic'],
    ['a PDF', '%PDF-1.4\n', 'application/pdf'],
    ['a WAV', 'RIFF\x24\0\0\0WAVEfmt ', 'audio/wav'],
    ['an MP3 with tags', 'ID3\x04\0\0', 'audio/mpeg'],
    ['an MP3 without tags', '\xff\xfb\x90\x64', 'audio/mpeg'],
    ['an AAC', '\xff\xf1\x50\x80', 'audio/aac'],
    ['a FLAC', 'fLaC\0\0\0\x22', 'audio/flac'],
    ['an Ogg', 'OggS\0\x02', 'audio/ogg'],
    ['an AIFF', 'FORM\0\0\0\0AIFFCOMM', 'audio/aiff'],
    ['an M4A', '\0\0\0\x20ftypM4A ', 'audio/mp4'],
    ['an MP4', '\0\0\0\x20ftypisom', 'video/mp4'],
    ['a QuickTime movie', '\0\0\0\x14ftypqt  ', 'video/quicktime'],
    ['a WebM', '\x1aE\xdf\xa3\x01\0', 'video/webm'],
  ])('%s', (_title, bytes, type) => {
    expect(mediaTypeOf(base64(bytes))).toBe(type)
    expect(mediaTypeOf(base64(bytes), 'text/plain')).toBe(type)
  })
})

const PNG = base64('\x89PNG\r\n\x1a\n')

describe('the declared type', () => {
  test.each<[string, string, string | undefined, string | undefined]>([
    ['is kept if it is right', PNG, 'image/png', 'image/png'],
    ['is kept with its parameters', PNG, 'Image/PNG;q=1', 'Image/PNG;q=1'],
    ['is kept if the bytes are not recognized', base64('hello there, world'), 'text/plain', 'text/plain'],
    ['is replaced if the bytes show another', PNG, 'image/jpeg', 'image/png'],
    ['is replaced if its name is wrong', base64('\xff\xd8\xff'), 'image/jpg', 'image/jpeg'],
    ['is kept if it is another name of the same type', base64('ID3\x04'), 'audio/mp3', 'audio/mp3'],
    ['is kept if it is another type in the same container', base64('\x1aE\xdf\xa3'), 'audio/webm', 'audio/webm'],
    ['may be absent, and then the result is undefined', base64('hello'), undefined, undefined],
    ['is kept for empty data', '', 'image/png', 'image/png'],
    ['is kept for invalid base64', '%%%', 'image/png', 'image/png'],
    ['is kept for another kind of RIFF', base64('RIFF\0\0\0\0AVI '), 'video/avi', 'video/avi'],
  ])('%s', (_title, data, declared, type) => expect(mediaTypeOf(data, declared)).toBe(type as string))
})
