/**
 * Packs the package and one platform's program, as tarballs that npm installs.
 *
 *     node pack.mjs --program FILE [--target TRIPLE] [--out DIR] [--only platform]
 *     node pack.mjs --only main --platforms all [--out DIR]
 *
 * `cargo xtask npm` builds the program first. The package asks for that platform's alone, which is packed with it: npm would look for others, and takes
 * whatever somebody calls so. What is published asks for all of them.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const ROOT = join(HERE, '../..')

/** The systems that there are programs for, by Rust's names. A package that npm does not find is passed over. */
export const PLATFORMS = {
  'aarch64-apple-darwin': { cpu: 'arm64', name: 'darwin-arm64', os: 'darwin' },
  'aarch64-unknown-linux-gnu': { cpu: 'arm64', libc: 'glibc', name: 'linux-arm64', os: 'linux' },
  'x86_64-apple-darwin': { cpu: 'x64', name: 'darwin-x64', os: 'darwin' },
  'x86_64-unknown-linux-gnu': { cpu: 'x64', libc: 'glibc', name: 'linux-x64', os: 'linux' },
  // Static, so for any system.
  'x86_64-unknown-linux-musl': { cpu: 'x64', name: 'linux-x64-musl', os: 'linux' },
}

/**
 * The version for npm of a version of the crates. The original ended with 0.9.12, so ours begin after it: 0.1.0 is 0.11.0 there, 0.2.3 is 0.12.3, and
 * from 1.0.0 on both are the same.
 */
export function npmVersion (version) {
  const [, major, minor, rest] = /^(\d+)\.(\d+)\.(\d+.*)$/.exec(version) ?? []
  if (!major) throw new Error(`${version} is no version`)
  return major === '0' ? `0.${Number(minor) + 10}.${rest}` : version
}

/** The version of the crates. */
export function workspaceVersion () {
  const manifest = readFileSync(join(ROOT, 'Cargo.toml'), 'utf8')
  return /\[workspace\.package\][^[]*?\nversion = "([^"]+)"/.exec(manifest)[1]
}

/** Rust's name of this system. */
export function thisTarget () {
  const libc = process.report.getReport().header.glibcVersionRuntime ? 'glibc' : undefined
  const isThis = ({ cpu, libc: wanted, os }) => os === process.platform && cpu === process.arch && wanted === libc
  return Object.keys(PLATFORMS).find(target => isThis(PLATFORMS[target]))
}

function run (program, ...words) {
  return execFileSync(program, words, { cwd: HERE, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}

/** A package's folder, with its manifest and what all have. */
function stage (folder, manifest) {
  rmSync(folder, { force: true, recursive: true })
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  copyFileSync(join(ROOT, 'LICENSE'), join(folder, 'LICENSE'))
}

function tarball (folder, out) {
  const [{ filename }] = JSON.parse(run('npm', 'pack', folder, '--json', '--ignore-scripts', '--pack-destination', out))
  // npm's older versions tell the name with the scope's slash in it.
  return join(out, filename.replace('@', '').replace('/', '-'))
}

function platform (target) {
  if (PLATFORMS[target]) return PLATFORMS[target]
  throw new Error(`there is no package for ${target}; there are ${Object.keys(PLATFORMS).join(', ')}`)
}

/** The package itself; its types and both forms of its code are compiled. */
function packMain (version, targets, out) {
  if (!existsSync(join(HERE, 'node_modules/typescript'))) run('npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund')
  rmSync(join(HERE, 'dist'), { force: true, recursive: true })
  run('npm', 'run', '--silent', 'build')
  writeFileSync(join(HERE, 'dist/cjs/package.json'), '{ "type": "commonjs", "imports": { "#here": "./here.cjs" } }\n')
  copyFileSync(join(HERE, 'here.cjs'), join(HERE, 'dist/cjs/here.cjs'))
  const { devDependencies: _, scripts: __, ...manifest } = JSON.parse(readFileSync(join(HERE, 'package.json'), 'utf8'))
  const optionalDependencies = Object.fromEntries(targets.map(target => [`@ha-wechaty/${platform(target).name}`, version]))
  const folder = join(out, 'ha-wechaty')
  stage(folder, { ...manifest, optionalDependencies, version })
  for (const path of manifest.files.filter(path => path !== 'LICENSE')) cpSync(join(HERE, path), join(folder, path), { recursive: true })
  chmodSync(join(folder, 'bin/ha-wechaty.cjs'), 0o755)
  return tarball(folder, out)
}

/** One platform's program. */
function packPlatform (target, program, version, out) {
  const { name, ...limits } = platform(target)
  const folder = join(out, name)
  stage(folder, {
    name: `@ha-wechaty/${name}`,
    version,
    description: `The program of ha-wechaty for ${name}`,
    license: 'Apache-2.0',
    preferUnplugged: true,
    files: ['bin/', 'LICENSE', 'README.md'],
    ...Object.fromEntries(Object.entries(limits).map(([limit, value]) => [limit, [value]])),
  })
  mkdirSync(join(folder, 'bin'))
  copyFileSync(program, join(folder, 'bin/ha-wechaty'))
  chmodSync(join(folder, 'bin/ha-wechaty'), 0o755)
  writeFileSync(join(folder, 'README.md'), `The program of ha-wechaty for ${name}, which installs it where it fits.\n`)
  return tarball(folder, out)
}

/** Packs what is wanted; where the tarballs are. */
export function pack ({ only, out = join(ROOT, 'target/npm'), platforms = 'this', program, target = thisTarget() }) {
  if (!['all', 'this'].includes(platforms)) throw new Error(`--platforms is ${platforms}, but must be all or this`)
  if (only !== 'main' && !program) throw new Error('--program names the program to pack')
  const targets = platforms === 'all' ? Object.keys(PLATFORMS) : [target]
  const [folder, version] = [resolve(out), npmVersion(workspaceVersion())]
  mkdirSync(folder, { recursive: true })
  return [
    ...only === 'platform' ? [] : [packMain(version, targets, folder)],
    ...only === 'main' ? [] : [packPlatform(target, resolve(program), version, folder)],
  ]
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: Object.fromEntries(['only', 'out', 'platforms', 'program', 'target'].map(name => [name, { type: 'string' }])),
  })
  try {
    pack(values).forEach(path => console.log(path))
  } catch (error) {
    console.error(`pack: ${error.message}`)
    process.exitCode = 1
  }
}
