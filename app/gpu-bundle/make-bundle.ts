/**
 * The bundle for GPU boxes that have neither a network nor Node: one archive with a Node binary, the packages that training needs, and one program.
 * `app/gpu-bundle.sh` brings the ingredients and calls this.
 *
 * @module
 */
import {execFile} from 'node:child_process';
import {chmod, copyFile, mkdir, mkdtemp, readdir, realpath, rename, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import path from 'node:path';
import {parseArgs, promisify} from 'node:util';
import {bundleProgram} from './bundle-program.ts';

const run = promisify(execFile);
/** The archive fits through most file gateways; the bar is the project's own. */
const ARCHIVE_BYTES_MAX = 60_000_000;
/** Folder that the archive unpacks into. */
const NAME = 'perennial-gpu';

const LAUNCHER = `#!/bin/sh
# Trains a teacher: ./train --frame file.frame --out folder [--require-gpu]. Needs nothing outside this folder but the C and C++ libraries of the system.
case "$0" in */*) here=\${0%/*} ;; *) here=. ;; esac
here=$(cd "$here" && pwd)
if [ -d "$here/lib" ]; then
	LD_LIBRARY_PATH="$here/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
	export LD_LIBRARY_PATH
fi
exec "$here/bin/node" --disable-warning=ExperimentalWarning "$here/app/main.js" "$@"
`;

const README = `Perennial: training on a machine without network and without Node (Linux, x86-64, glibc 2.28 or newer).

  ./train --frame loans.frame --out trained --require-gpu

reads a frame file ("make export-frame MODEL=loans OUT=loans.frame" writes it where the data is), trains a teacher and writes into the folder:

  teacher.onnx           the model, with its preprocessing inside
  teacher-weights.bin    the same as plain numbers, for whoever goes on from it
  training-report.json   rows, loss curve, measures on the newest rows
  training.json          what was trained from which frame on which device, and the digests of the other two; written last

The first line it prints says what computes: "TensorFlow.js computes on webgpu (NVIDIA ...)" is the GPU. It needs the driver's Vulkan part: the file
nvidia_icd.json under /usr/share/vulkan or /etc/vulkan, and in containers NVIDIA_DRIVER_CAPABILITIES with "graphics". Should the line say wasm, the rest of
it says why; --require-gpu makes that an error. ./train --help lists the rest.
`;

/** Options of {@link makeBundle}. */
export interface BundleOptions {
	/** The archive, a .tar.gz; replaced if it is there. */
	readonly out: string;
	/** Folder of the npm package webgpu; absent: the bundle trains on the CPU only. */
	readonly webgpu?: string;
	/** A libvulkan.so.1 to take along. */
	readonly vulkan?: string;
	/** 1 is fast, 9 is small. */
	readonly level?: number;
}

/**
 * Make the archive.
 *
 * The same ingredients give the same bytes. Cost: about 20 s and 250 MB of temporary files.
 *
 * @returns Size of the archive in bytes.
 * @throws Error - if this is no x86-64 Linux, an ingredient is missing, or the archive is larger than 60 MB.
 */
export async function makeBundle({out, webgpu, vulkan, level = 9}: BundleOptions): Promise<number> {
	if (process.platform !== 'linux' || process.arch !== 'x64') {
		throw new Error(`the bundle is made of this machine's Node, and this is ${process.platform} ${process.arch}, not linux x64`);
	}

	const temporary = await mkdtemp(path.join(tmpdir(), 'perennial-bundle-'));
	try {
		const folder = path.join(temporary, NAME);
		await bundleProgram(folder);
		await addNode(folder);
		await writeFile(path.join(folder, 'train'), LAUNCHER);
		await chmod(path.join(folder, 'train'), 0o755);
		await writeFile(path.join(folder, 'README.txt'), README);
		await (webgpu === undefined ? undefined : addWebGpu(folder, webgpu));
		await (vulkan === undefined ? undefined : addVulkan(folder, vulkan));
		return await pack(temporary, out, level);
	} finally {
		await rm(temporary, {recursive: true, force: true});
	}
}

/** The Node that runs this, without its symbols. */
async function addNode(folder: string): Promise<void> {
	const target = path.join(folder, 'bin/node');
	await mkdir(path.dirname(target), {recursive: true});
	await copyFile(await realpath(process.execPath), target);
	await chmod(target, 0o755);
	await run('strip', [target]);
}

/** WebGPU for Linux on x86-64; the package carries five platforms. */
async function addWebGpu(folder: string, from: string): Promise<void> {
	const to = path.join(folder, 'node_modules/webgpu');
	const addon = 'dist/linux-x64/dawn.node';
	await mkdir(path.join(to, path.dirname(addon)), {recursive: true});
	const licences = (await readdir(from)).filter(file => /^licen[cs]e/iv.test(file));
	for (const file of ['package.json', 'index.js', addon, ...licences]) {
		await copyFile(path.join(from, file), path.join(to, file));
	}

	await run('strip', ['--strip-unneeded', path.join(to, addon)]);
}

async function addVulkan(folder: string, library: string): Promise<void> {
	await mkdir(path.join(folder, 'lib'), {recursive: true});
	await copyFile(await realpath(library), path.join(folder, 'lib/libvulkan.so.1'));
}

async function pack(parent: string, out: string, level: number): Promise<number> {
	const archive = path.join(parent, 'bundle.tar');
	const order = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--mode=u+rwX,go+rX,go-w'];
	await run('tar', ['-C', parent, ...order, '-cf', archive, NAME]);
	// gzip and not xz: a bare machine has the first more often, and the archive fits either way.
	await run('gzip', ['-n', `-${level}`, archive]);
	const {size} = await stat(`${archive}.gz`);
	if (size > ARCHIVE_BYTES_MAX && level === 9) {
		throw new Error(`the archive has ${size} bytes, more than the ${ARCHIVE_BYTES_MAX} that it may have`);
	}

	await mkdir(path.dirname(path.resolve(out)), {recursive: true});
	// Copied beside its place first: the temporary folder may be on another file system.
	await copyFile(`${archive}.gz`, `${out}.tmp`);
	await rename(`${out}.tmp`, out);
	return size;
}

if (import.meta.main) {
	const {values} = parseArgs({options: {out: {type: 'string'}, webgpu: {type: 'string'}, vulkan: {type: 'string'}}});
	const {out = 'perennial-gpu.tar.gz', webgpu, vulkan} = values;
	const size = await makeBundle({out, ...(webgpu !== undefined && {webgpu}), ...(vulkan !== undefined && {vulkan})});
	process.stdout.write(`${out}: ${(size / 1e6).toFixed(1)} MB; unpack it on the GPU box and run perennial-gpu/train --help\n`);
}
