package dev.frl.cli.local;

import dev.frl.cli.terminal.PrettyJson;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * A file of {@code torch.save}. Reading a pickle runs its code, so it is recognised by its first bytes and name, and never
 * read.
 */
public final class Pickle {
    private static final List<String> ENDINGS = List.of(".pt", ".pth", ".ckpt", ".pkl", ".tar", ".bin");

    private Pickle() {}

    /** @throws IOException if the file does not exist or cannot be read */
    public static boolean isOne(Path file) throws IOException {
        byte[] start;
        try (var in = Files.newInputStream(file)) {
            start = in.readNBytes(9);
        }
        boolean safetensors = start.length == 9 && start[8] == '{';
        boolean zip = start.length > 1 && start[0] == 'P' && start[1] == 'K';
        boolean old = start.length > 1 && (start[0] & 0xff) == 0x80 && start[1] >= 2 && start[1] <= 5;
        var name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        return !safetensors && (zip || old || ENDINGS.stream().anyMatch(name::endsWith));
    }

    /**
     * Python code that converts the pickle. It clones the tensors, since safetensors refuses tensors that share memory.
     *
     * @param from the pickle, as the user named it
     */
    public static List<String> conversion(Path from, Path to) {
        return List.of(
                "import torch",
                "from safetensors.torch import save_file",
                String.format(
                        Locale.ROOT, "saved = torch.load(%s, map_location=\"cpu\", weights_only=True)", quoted(from)),
                "state = next((saved[k] for k in (\"state_dict\", \"net\", \"model\") if k in saved), saved)",
                String.format(
                        Locale.ROOT,
                        "save_file({k: v.contiguous().clone() for k, v in state.items()}, %s)",
                        quoted(to)));
    }

    /** A JSON string is also a Python string. */
    private static String quoted(Path path) {
        return PrettyJson.pretty(path.toString());
    }
}
