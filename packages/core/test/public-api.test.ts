import { expect, test } from 'vitest'
import * as files from '../src/files/index.ts'
import * as core from '../src/index.ts'
import * as metrics from '../src/metrics/index.ts'
import * as wasi from '../src/wasi/index.ts'

test('the package exports these names and no others', () => {
  expect(Object.keys(core).sort()).toEqual([
    'CompilationError',
    'ContainerError',
    'ContainerEventType',
    'ContainerInstance',
    'ContainerManager',
    'ContainerMemoryError',
    'ContainerNotFoundError',
    'ContainerSecurityError',
    'ContainerStartupError',
    'ContainerStatus',
    'ContainerTimeoutError',
    'EventBus',
    'LogLevel',
    'RegistryError',
    'createContainer',
    'createMeter',
    'limitMemory',
    'limitModule',
    'meterExports',
    'meterModule',
    'validateContainer',
  ])
  expect(Object.keys(files).sort()).toEqual([
    'FilesError',
    'createVirtualFiles',
    'decodeChange',
    'encodeChange',
    'restoreFiles',
    'rootInode',
  ])
  expect(Object.keys(metrics).sort()).toEqual([
    'observeContainers',
    'prometheusContentType',
    'toPrometheusText',
  ])
  expect(Object.keys(wasi).sort()).toEqual(['Errno', 'createWasi'])
})

test('an error carries the constructor of the seed: message, code, details', () => {
  const cause = new Error('why')
  const error = new core.ContainerStartupError('It did not start.', 'STARTUP_FAILED', {
    containerId: 'c1',
    cause,
  })
  expect(error).toBeInstanceOf(core.ContainerError)
  expect(error).toMatchObject({
    name: 'ContainerStartupError',
    code: 'STARTUP_FAILED',
    containerId: 'c1',
    cause,
  })
  expect(Object.keys(new core.ContainerError('m', 'ABORTED')).sort()).toEqual(['code', 'name'])
})
