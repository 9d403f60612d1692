package dev.frl.engine.torch;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.openblas.global.openblas_nolapack;
import org.bytedeco.pytorch.global.torch;

/** libtorch and the libraries it stands on. */
final class Natives {
    static {
        Loader.load(torch.class);
        // OpenBLAS keeps one pool for the whole process, which would fight the workers for the processors.
        Loader.load(openblas_nolapack.class);
        openblas_nolapack.blas_set_num_threads(1);
        keepOperationsOnThisThread();
    }

    private Natives() {}

    /** OpenMP's thread count belongs to the thread that sets it, so each thread that works must have been here. */
    static void keepOperationsOnThisThread() {
        torch.set_num_threads(1);
    }

    /** Version, processor, instruction set. One line. */
    static String description() {
        return "libtorch %s on CPU (%s, %d processors), %s"
                .formatted(
                        version(),
                        processor(),
                        Runtime.getRuntime().availableProcessors(),
                        torch.get_cpu_capability().getString());
    }

    /** Of libtorch and, behind it, of the classes that call it: {@code 2.10.0-1.5.13}. */
    private static String version() {
        try {
            return Loader.getVersion("org.bytedeco", "pytorch");
        } catch (IOException e) {
            return "of unknown version"; // a class path that lost what Maven writes into jars
        }
    }

    private static String processor() {
        var name = ofProcessor("model name");
        return name.isEmpty() ? System.getProperty("os.arch") : name;
    }

    /** As Linux names what the processor has; empty elsewhere. */
    static Set<String> processorFlags() {
        return Set.of(ofProcessor("flags").split(" "));
    }

    private static String ofProcessor(String what) {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith(what))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse("");
        } catch (IOException e) {
            return ""; // not Linux
        }
    }
}
