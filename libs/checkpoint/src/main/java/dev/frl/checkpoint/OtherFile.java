package dev.frl.checkpoint;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;

/** Files that are named as weights and are something else: what they are, and what to do. Their first bytes decide. */
public final class OtherFile {
    private static final int FIRST_BYTES = 4096;

    /** Where the header of a safetensors file begins. */
    private static final int HEADER = 8;

    private OtherFile() {}

    /**
     * What the file is, to be read after its name.
     *
     * @return empty if it may be a safetensors file or a pickle
     * @throws IOException if the file does not exist or cannot be read
     */
    public static Optional<String> of(Path file) throws IOException {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            return Optional.of("is not a regular file: copy it into one");
        }
        byte[] first;
        try (var in = Files.newInputStream(file)) {
            first = in.readNBytes(FIRST_BYTES);
        }
        return of(new String(first, StandardCharsets.ISO_8859_1));
    }

    /** @param first the first bytes, one a character */
    private static Optional<String> of(String first) {
        if (first.length() > HEADER && first.charAt(HEADER) == '{') {
            return Optional.empty(); // safetensors, whatever the bytes of its header's length look like
        }
        if (first.isEmpty()) {
            return Optional.of("is empty: download or save it again");
        }
        if (first.startsWith("version https://git-lfs.github.com/")) {
            return Optional.of("is a pointer of Git LFS and not the file: git lfs pull");
        }
        String text = first.replaceFirst("^(?:\\u00ef\\u00bb\\u00bf)?\\s*", "").toLowerCase(Locale.ROOT);
        if (text.startsWith("<!") || text.startsWith("<html") || text.startsWith("<?xml")) {
            return Optional.of(
                    "is a web page or a server's error instead of the file: download it again, on Hugging Face from the"
                            + " address with /resolve/ and not /blob/");
        }
        if (text.startsWith("{")) {
            return Optional.of(
                    text.contains("\"weight_map\"")
                            ? "is the index of weights that lie in several files; read these, and save one file in PyTorch:"
                                    + " save_file({k: v for f in files for k, v in load_file(f).items()}, \"all.safetensors\")"
                            : "is JSON, such as a configuration or a server's error: name the file with the weights");
        }
        if (first.startsWith("PK") && !first.contains("data.pkl")) {
            return Optional.of(
                    first.contains(".npy")
                            ? "is an archive of NumPy: in PyTorch, save_file({k: torch.from_numpy(v) for k, v in"
                                    + " np.load(FILE).items()}, \"all.safetensors\")"
                            : "is a zip archive that no torch.save wrote: unpack it");
        }
        if (first.startsWith("\u001f\u008b")) {
            return Optional.of("is compressed with gzip: unpack it with gunzip");
        }
        if (first.startsWith("\u0089HDF") || first.startsWith("GGUF") || first.startsWith("\u0093NUMPY")) {
            return Optional.of("is a file of "
                    + (first.startsWith("G")
                            ? "llama.cpp"
                            : first.startsWith("\u0093") ? "NumPy" : "HDF5, such as Keras writes,")
                    + " which is not read: save a PyTorch state dict with safetensors.torch.save_file");
        }
        return Optional.empty();
    }
}
