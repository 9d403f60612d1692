package dev.frl.layers;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The locale in which scripts start Java. The C library tells Java in the user's language what is wrong with a disk, a file or a
 * connection, and {@code FileTrouble} knows these words in English.
 */
class LocaleScriptTest {
    private static final List<String> OTHERS =
            List.of("LC_ALL", "LC_MESSAGES", "LC_NUMERIC", "LC_COLLATE", "LC_TIME", "LC_CTYPE", "LANG", "LANGUAGE");

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "LANG=de_DE.UTF-8",
                "LC_ALL=tr_TR.UTF-8",
                "LC_ALL=C",
                "LANG=C.UTF-8 LC_MESSAGES=fa_IR.UTF-8 LANGUAGE=fa",
                "LC_ALL=ja_JP.EUC-JP LC_NUMERIC=de_DE.UTF-8",
                "LC_ALL=no_SUCH.UTF-8"
            })
    void the_words_are_those_of_C_and_the_characters_those_of_UTF_8(String given) throws Exception {
        // Given
        var script = ". scripts/lib/common.sh && frl_locale ascii && locale";
        var builder = new ProcessBuilder("bash", "-c", script)
                .directory(Checkout.root().toFile());
        OTHERS.forEach(builder.environment()::remove);
        for (String variable : given.split(" ")) {
            if (!variable.isEmpty()) {
                builder.environment().putAll(Map.of(variable.split("=")[0], variable.split("=")[1]));
            }
        }

        // When
        var process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        var locale = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        // Then
        assertThat(process.waitFor()).isZero();
        assertThat(locale.lines())
                .contains("LC_MESSAGES=\"C\"", "LC_NUMERIC=\"C\"", "LC_COLLATE=\"C\"", "LC_ALL=")
                .anyMatch(line -> line.matches("LC_CTYPE=(C|.*[Uu][Tt][Ff]-?8)"));
    }
}
