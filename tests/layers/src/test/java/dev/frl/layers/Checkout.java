package dev.frl.layers;

import java.nio.file.Files;
import java.nio.file.Path;

/** The checkout that these tests look at. */
final class Checkout {
    private Checkout() {}

    /** Its root, from any folder in it. */
    static Path root() {
        for (var folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            if (Files.exists(folder.resolve("pom.xml")) && Files.isDirectory(folder.resolve("scripts"))) {
                return folder;
            }
        }
        throw new IllegalStateException("this test needs the checkout: pom.xml and scripts");
    }
}
