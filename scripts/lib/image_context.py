"""Lays out the build context of one image: jars in layers, and native libraries as files, so that no process unpacks any.

Arguments: the empty folder to fill, then jars and folders of jars. The folder receives

  app/                our own jars, which change with every commit
  third-party/        other jars, without the native libraries that some hold for a dozen platforms
  native/classpath/   JavaCPP's natives of linux-x86_64, unpacked; JavaCPP loads files of the class path where they are
  native/ld/          OpenBLAS, found by LD_LIBRARY_PATH: JavaCPP would copy it to load it under a second name
  native/lib/         natives of other jars for linux-x86_64, found by java.library.path

Kafka's server and natives of other platforms are refused. Symbol tables of natives are removed if `strip` is installed."""

import pathlib
import re
import shutil
import subprocess
import sys
import zipfile

PLATFORM = "linux-x86_64"
NATIVES_ONLY = re.compile(r"-(linux|macosx|windows|android|ios)-[\w-]*?(x86_64|x86|arm64|armhf|ppc64le)[\w-]*\.jar$")
NATIVE = re.compile(r"\.(so|dll|dylib|jnilib|a)(\.\d+)*$")
# Where jars keep their natives for linux-x86_64; the file name is the one that System.loadLibrary asks for.
OURS = re.compile(
    r"^(linux/amd64/libzstd-jni-[\w.-]+\.so"
    r"|net/jpountz/util/linux/amd64/liblz4-java\.so"
    r"|org/xerial/snappy/native/Linux/x86_64/libsnappyjava\.so"
    r"|librocksdbjni-linux64\.so"
    r"|com/sun/jna/linux-x86-64/libjnidispatch\.so)$"
)
REFUSED = re.compile(r"^(kafka_2\.\d+|kafka-(server|metadata|raft|storage|group-coordinator)|scala-library|junit)-")


class Refused(Exception):
    pass


def main(target, sources):
    jars = collect(sources)
    for name in ("app", "third-party", "native/classpath", "native/ld", "native/lib"):
        (target / name).mkdir(parents=True, exist_ok=True)
    for jar in jars:
        if jar.name.startswith("frl-"):
            shutil.copy2(jar, target / "app" / jar.name)
        elif NATIVES_ONLY.search(jar.name):
            unpack(jar, target / "native" / "classpath")
        else:
            split(jar, target)
    link_openblas(target / "native")
    strip(target / "native")


def collect(sources):
    jars = {}
    for source in sources:
        path = pathlib.Path(source)
        found = sorted(path.glob("*.jar")) if path.is_dir() else [path]
        if not found:
            raise Refused(f"{path} has no jars: build frl first")
        for jar in found:
            if REFUSED.search(jar.name):
                raise Refused(f"{jar.name} has no place in this image: it comes from {jar.parent}")
            artifact = re.sub(r"-\d[\w.]*(?=[-.])", "", jar.name)
            other = jars.setdefault(artifact, jar)
            if other.name != jar.name:
                raise Refused(f"two versions of one jar, {other} and {jar}: one of them must go from the poms")
    return [jars[artifact] for artifact in sorted(jars)]


def unpack(jar, folder):
    if PLATFORM not in jar.name:
        raise Refused(f"{jar.name} has natives of another platform than {PLATFORM}")
    with zipfile.ZipFile(jar) as archive:
        for entry in archive.infolist():
            if NATIVE.search(entry.filename): # not headers, nor files for CMake
                archive.extract(entry, folder)


def link_openblas(native):
    """JavaCPP loads libopenblas.so.0 under the name libopenblas_nolapack.so.0, by a copy of it, unless the linker finds both."""
    for openblas in native.glob("classpath/**/libopenblas.so.0"):
        for name in ("libopenblas.so.0", "libgfortran.so.5", "libquadmath.so.0"):
            shutil.move(openblas.parent / name, native / "ld" / name)
        (native / "ld" / "libopenblas_nolapack.so.0").symlink_to("libopenblas.so.0")


def split(jar, target):
    """Copies a jar without its natives; those of this platform become files."""
    with zipfile.ZipFile(jar) as archive:
        natives = [e for e in archive.infolist() if NATIVE.search(e.filename)]
        if not natives:
            shutil.copy2(jar, target / "third-party" / jar.name)
            return
        ours = [e for e in natives if OURS.search(e.filename)]
        if not ours:
            raise Refused(f"{jar.name} has natives, and none that this script knows as those of {PLATFORM}")
        for entry in ours:
            file = target / "native" / "lib" / pathlib.PurePosixPath(entry.filename).name
            file.write_bytes(archive.read(entry))
        with zipfile.ZipFile(target / "third-party" / jar.name, "w", zipfile.ZIP_DEFLATED) as without:
            for entry in archive.infolist():
                if entry not in natives:
                    without.writestr(entry, archive.read(entry))


def is_elf(file):
    with file.open("rb") as content:
        return content.read(4) == b"\x7fELF"


def strip(folder):
    program = shutil.which("strip")
    libraries = [str(f) for f in sorted(folder.rglob("*")) if not f.is_symlink() and f.is_file() and is_elf(f)]
    for library in libraries:
        pathlib.Path(library).chmod(0o644)
    if program and libraries:
        subprocess.run([program, "--strip-unneeded", *libraries], check=True)
    elif libraries:
        print("image_context: strip not found (package binutils): images are 40 MB larger", file=sys.stderr)


if __name__ == "__main__":
    try:
        main(pathlib.Path(sys.argv[1]), sys.argv[2:])
    except Refused as refused:
        sys.exit(f"frl: {refused}")
