package dev.frl.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.frl.checkpoint.Safetensors;
import dev.frl.cli.local.ThisMachine;
import dev.frl.engine.net.Architectures;
import dev.frl.engine.net.NamedTensors;
import dev.frl.engine.net.NamedTensors.Floats;
import dev.frl.engine.net.NamedTensors.Tensor;
import dev.frl.fuzz.Fuzz;
import dev.frl.fuzz.Mutations;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfEnvironmentVariable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class CheckpointCommandTest {
    private static final NamedTensors WEIGHTS =
            Architectures.named("cnn-bn", 1, 28, 28, 10).initialState(1);

    @TempDir
    Path directory;

    private TestContext context;

    @BeforeEach
    void begin() {
        context = new TestContext(directory);
        context.site = ThisMachine::of;
    }

    @Test
    void weights_with_names_of_pytorch_are_imported_for_the_warm_start_of_a_spec() throws Exception {
        // Given
        var parallel = new LinkedHashMap<String, Tensor>();
        WEIGHTS.asMap().forEach((name, tensor) -> parallel.put("module." + name, tensor));
        save("robust.safetensors", parallel);

        // When
        int code = imported("robust.safetensors");

        // Then
        assertThat(code).isZero();
        Path kept = directory.resolve(".frl/checkpoints/imported/robust.safetensors");
        assertThat(context.out.toString().strip()).isEqualTo("file:" + kept);
        assertThat(Safetensors.read(kept).tensors().asMap()).isEqualTo(WEIGHTS.asMap());
        assertThat(context.err.toString())
                .contains("robust.safetensors: the prefix module. of every name is removed")
                .contains(String.format(Locale.ROOT, "    warmStart: {checkpoint: \"file:%s\"}", kept));
        try (var files = Files.list(kept.getParent())) {
            assertThat(files).containsExactly(kept);
        }

        // And
        var spec = Specs.with(
                        String.format(Locale.ROOT, "  warmStart: {checkpoint: \"file:%s\"}\n  attack:\n", kept),
                        "  attack:\n")
                .replace("cnn-small", "cnn-bn");
        context.frl("validate", context.file("warm.yaml", spec));
        assertThat(context.out.toString()).doesNotContain("warmStart");
    }

    @Test
    void the_same_weights_may_be_imported_again_but_others_do_not_take_their_place() throws Exception {
        // Given
        save("robust.safetensors", WEIGHTS.asMap());
        imported("robust.safetensors");
        Path kept = directory.resolve(".frl/checkpoints/imported/robust.safetensors");
        byte[] before = Files.readAllBytes(kept);

        // When
        int again = imported("robust.safetensors");
        save(
                "robust.safetensors",
                Architectures.named("cnn-bn", 1, 28, 28, 10).initialState(2).asMap());
        int others = imported("robust.safetensors");
        int elsewhere = imported("robust.safetensors", "--out", "mine/other.safetensors");

        // Then
        assertThat(List.of(again, others, elsewhere)).containsExactly(0, 2, 0);
        assertThat(context.err.toString())
                .contains("exists already with the same weights of cnn-bn")
                .contains("exists with other content");
        assertThat(kept).hasBinaryContent(before);
        assertThat(directory.resolve("mine/other.safetensors")).exists();
    }

    @Test
    void everything_that_does_not_fit_is_reported_in_a_line_each_and_nothing_is_written() throws Exception {
        // Given
        var tensors = new LinkedHashMap<>(WEIGHTS.asMap());
        tensors.put("normalize.mean\u001b[2J", new Floats(List.of(1), new float[1]));
        tensors.put("mean", new Floats(List.of(1), new float[1]));
        tensors.put("14.bias", new Floats(List.of(10), new float[] {0, 1, 2, 3, 4, Float.NaN, 6, 7, 8, 9}));
        save("odd.safetensors", tensors);

        // When
        int code = imported("odd.safetensors");

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.err.toString().lines())
                .containsExactly(
                        "odd.safetensors does not fit cnn-bn for images of fashion-mnist: 3 problems, nothing was written",
                        "  tensor mean normalises the images inside the net, which no net here does: nets here take pixels in [0, 1] unchanged."
                                + " Fold it into the first layer: 0.weight /= std.view(1, -1, 1, 1), then 0.bias -="
                                + " (0.weight * mean.view(1, -1, 1, 1)).sum((1, 2, 3)); at a padded edge this is not exact,"
                                + " and a few epochs of training mend it",
                        "  tensor 14.bias holds NaN at position 5",
                        "  tensor normalize.mean?[2J is not part of cnn-bn");
        assertThat(directory.resolve(".frl")).doesNotExist();
    }

    @Test
    void weights_of_another_net_are_reported_with_the_net_that_fits() throws Exception {
        // Given
        save(
                "small.safetensors",
                Architectures.named("cnn-small", 1, 28, 28, 10).initialState(1).asMap());

        // When
        int code = imported("small.safetensors");

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.err.toString().lines().toList())
                .contains("  tensor 3.weight of shape [32, 16, 3, 3] is missing")
                .last()
                .isEqualTo("It fits cnn-small: --model cnn-small");
    }

    static Stream<Arguments> pickles() throws Exception {
        var zip = new ByteArrayOutputStream();
        try (var entries = new java.util.zip.ZipOutputStream(zip)) {
            entries.putNextEntry(new java.util.zip.ZipEntry("archive/data.pkl"));
        }
        byte[] old = {(byte) 0x80, 2, (byte) 0x8a, 10, 0x6c, (byte) 0xfc, (byte) 0x9c, 0x46, (byte) 0xf9, 0x20};
        return Stream.of(
                Arguments.of("robust.pt", zip.toByteArray()),
                Arguments.of("misnamed.safetensors", zip.toByteArray()),
                Arguments.of("robust.old", old),
                Arguments.of("robust.ckpt", new byte[] {1, 2, 3}));
    }

    @ParameterizedTest
    @MethodSource("pickles")
    void a_pickle_is_not_read_and_the_message_shows_how_to_convert_it(String name, byte[] content) throws Exception {
        // Given
        Files.write(directory.resolve(name), content);

        // When
        int code = imported(name);

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.err.toString())
                .startsWith(String.format(Locale.ROOT, "frl checkpoint import: %s is a pickle", name))
                .contains(String.format(Locale.ROOT, "torch.load(\"%s\", map_location=\"cpu\", ", name))
                .doesNotContain(String.format(Locale.ROOT, "save_file(found[0][1], \"%s\")", name))
                .doesNotContain("\tat ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"robust.pth", "robust.safetensors"})
    void what_is_no_pickle_gets_no_program_for_one(String name) throws Exception {
        // Given
        Files.writeString(directory.resolve(name), "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");

        // When
        int code = imported(name);

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.err.toString())
                .isEqualTo("frl checkpoint import: " + name
                        + " is a pointer of Git LFS and not the file: git lfs pull.\n");
    }

    @Test
    void a_name_that_looks_like_a_part_of_the_program_stays_a_name() throws Exception {
        // Given
        Files.write(directory.resolve("FROM TO).pt"), new byte[] {1, 2, 3});

        // When
        imported("FROM TO).pt");

        // Then
        assertThat(context.err.toString())
                .contains("torch.load(\"FROM TO).pt\", map_location")
                .contains("save_file(found[0][1], \"FROM TO).safetensors\")\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"saved", "saved/__0_0.distcp"})
    void a_distributed_checkpoint_is_told_with_what_makes_one_file_of_it(String name) throws Exception {
        // Given
        Files.createDirectory(directory.resolve("saved"));
        Files.write(directory.resolve("saved/.metadata"), new byte[] {1});
        Files.write(directory.resolve("saved/__0_0.distcp"), new byte[] {'P', 'K'});

        // When
        int code = imported(name);

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.err.toString())
                .isEqualTo("frl checkpoint import: " + name + " is a distributed checkpoint of PyTorch. Run python -m"
                        + " torch.distributed.checkpoint.format_utils dcp_to_torch " + directory.resolve("saved")
                        + " model.pt, then import model.pt.\n");
    }

    /** Damaged, it may no longer look like one: it is refused all the same. */
    @Test
    void no_mutation_of_a_pickle_is_read() throws Exception {
        // Given
        var state = new ByteArrayOutputStream();
        try (var entries = new java.util.zip.ZipOutputStream(state)) {
            for (String entry : List.of("robust/data.pkl", "robust/version", "robust/data/0")) {
                entries.putNextEntry(new java.util.zip.ZipEntry(entry));
                entries.write("\u0080\u0002ccollections\nOrderedDict\nq\u0000)Rq\u0001.".getBytes(ISO_8859_1));
            }
        }
        byte[][] originals = {
            state.toByteArray(),
            "\u0080\u0002\u008a\nl\u00fc\u009cF\u00f9 j\u00a8P\u0019.\u0080\u0002cposix\nsystem\nq\u0000U\u0004truetRq\u0001."
                    .getBytes(ISO_8859_1),
            "cposix\nsystem\n(S'true'\ntR.".getBytes(ISO_8859_1)
        };

        // When, Then
        Fuzz.run("frl checkpoint import of pickles", 50, 64 << 20, random -> {
            context = new TestContext(directory);
            var name = List.of("robust.pt", "robust.safetensors", "robust").get(random.nextInt(3));
            Files.write(directory.resolve(name), Mutations.mutate(originals[random.nextInt(3)], random));
            assertThat(imported(name)).isEqualTo(2);
            assertThat(context.out.toString()).isEmpty();
            assertThat(context.err.toString()).contains(name).doesNotContain("\tat ");
        });
    }

    /** Saves the state dict of argument 1 as PyTorch's users do, each form in a file of its name. */
    private static final String FORMS = """
            import argparse, copy, sys, torch
            from safetensors.torch import load_file
            state = load_file(sys.argv[1])
            class Net(torch.nn.Module):
                pass
            save = lambda name, what, **how: torch.save(what, name + ".pt", **how)
            save("plain", state)
            save("old", state, _use_new_zipfile_serialization=False)
            save("args", {"epoch": 3, "model_state_dict": state, "args": argparse.Namespace(lr=0.1)})
            save("lightning", {"epoch": 3, "state_dict": {"model." + k: v for k, v in state.items()}})
            save("optimizer", {"net": state, "optimizer": {"state": {0: {"momentum_buffer": torch.zeros(3)}}}})
            save("averaged", {"n_averaged": torch.tensor(3), **{"module." + k: v for k, v in state.items()}})
            save("compiled", {"module._orig_mod." + k: v for k, v in state.items()})
            save("ema", {"model": state, "ema": {k: v * 0 for k, v in state.items()}})
            save("half", {k: v.half() if v.is_floating_point() else v for k, v in state.items()})
            save("bfloat16", {k: v.bfloat16() if v.is_floating_point() else v for k, v in state.items()})
            save("double", {k: v.double() if v.is_floating_point() else v for k, v in state.items()})
            save("shared", {**state, "14.bias": state["14.bias"].expand(2, 10)[0]})
            save("whole", Net())
            class Config(dict):
                class Inner:
                    pass
            save("classes", Config(inner=Config.Inner(), weights=(state, {"state": {}, "param_groups": []})))
            save("optimal", {"optimal": state, "optimizer": torch.optim.Adam([torch.nn.Parameter(torch.ones(2))]).state_dict()})
            open("cut.pt", "wb").write(open("plain.pt", "rb").read()[:-2000])
            """;

    /** Runs each program that is named, in one process: importing torch takes seconds. */
    private static final String RUN_ALL = """
            import sys
            for name in sys.argv[1:]:
                try:
                    exec(compile(open(name + ".py").read(), name, "exec"), {"__name__": "__main__"})
                except SystemExit as e:
                    print(e)
            """;

    @Test
    @EnabledIfEnvironmentVariable(named = "FRL_PYTHON", matches = ".+")
    void the_printed_program_converts_what_pytorch_saved_and_says_why_it_does_not() throws Exception {
        // Given
        saveForms();
        List<String> forms = List.of(
                "plain",
                "old",
                "args",
                "lightning",
                "optimizer",
                "averaged",
                "compiled",
                "ema",
                "double",
                "shared",
                "classes",
                "optimal",
                "half",
                "bfloat16");
        for (String form : forms) {
            keepPrintedProgram(form);
        }
        keepPrintedProgram("cut");
        keepPrintedProgram("whole");

        // When
        var names = new ArrayList<>(forms);
        names.addAll(List.of("cut", "whole"));
        String said = python(RUN_ALL, names.toArray(String[]::new));

        // Then
        assertThat(said)
                .contains("9 tensors in saved['model_state_dict']"
                        .replace("9", "" + WEIGHTS.names().size()))
                .containsPattern("\ncut.pt cannot be converted \\(.*\\): copy it again, or in the program")
                .endsWith(
                        "whole.pt is a whole model, and reading it would run the code of its class: in the program that"
                                + " saved it, torch.save(model.state_dict(), ...)\n");
        for (String form : forms) {
            assertThat(imported(form + ".safetensors"))
                    .as("%s: %s", form, context.err)
                    .isZero();
            var kept = Safetensors.read(directory.resolve(".frl/checkpoints/imported/" + form + ".safetensors"))
                    .tensors();
            assertThat(kept.names()).as(form).isEqualTo(WEIGHTS.names());
            if (!List.of("half", "bfloat16").contains(form)) {
                assertThat(kept.asMap()).as(form).isEqualTo(WEIGHTS.asMap());
            }
        }
    }

    private void keepPrintedProgram(String form) throws Exception {
        imported(form + ".pt");
        String printed = context.err.toString();
        context.err.getBuffer().setLength(0);
        Files.writeString(
                directory.resolve(form + ".py"),
                printed.substring(printed.indexOf("import array"), printed.indexOf("Run it, then import")));
    }

    private void saveForms() throws Exception {
        save("weights.safetensors", WEIGHTS.asMap());
        assertThat(python(FORMS, "weights.safetensors")).isEmpty();
    }

    /** What the program prints, errors included. */
    private String python(String program, String... arguments) throws Exception {
        Files.writeString(directory.resolve("program.py"), program);
        var command = new ArrayList<>(List.of(System.getenv("FRL_PYTHON"), "program.py"));
        command.addAll(List.of(arguments));
        var process = new ProcessBuilder(command)
                .directory(directory.toFile())
                .redirectErrorStream(true)
                .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @Test
    void a_header_of_a_length_that_looks_like_a_pickle_is_none() throws Exception {
        // Given: 0x280 little-endian begins as a pickle does
        byte[] bytes = new byte[8 + 0x280];
        Arrays.fill(bytes, (byte) ' ');
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putLong(0x280);
        bytes[8] = '{';
        bytes[9] = '}';
        Files.write(directory.resolve("empty.safetensors"), bytes);

        // When
        imported("empty.safetensors");

        // Then
        assertThat(context.err.toString()).contains("does not fit cnn-bn").doesNotContain("pickle");
    }

    static Stream<Arguments> unusable() throws Exception {
        var whole = new ByteArrayOutputStream();
        Safetensors.write(WEIGHTS, Map.of(), whole);
        byte[] cut = Arrays.copyOf(whole.toByteArray(), 5000);
        byte[] huge = ByteBuffer.allocate(9)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(1L << 40)
                .put((byte) '{')
                .array();
        byte[] half = ("\0".repeat(8) + "{\"a\":{\"dtype\":\"F16\",\"shape\":[1],\"data_offsets\":[0,2]}}  ")
                .getBytes(StandardCharsets.UTF_8);
        half[0] = (byte) (half.length - 10);
        return Stream.of(
                Arguments.of(new byte[0], "is empty: download or save it again"),
                Arguments.of(cut, "it is cut off"),
                Arguments.of(huge, "the header's length is given as 1099511627776 bytes"),
                Arguments.of(
                        half,
                        "tensor a: dtype F16; expected F32 or I64, not half precision. In PyTorch:"
                                + " {k: v.float() if v.is_floating_point() else v.long() for k, v in state.items()}"));
    }

    @ParameterizedTest
    @MethodSource("unusable")
    void a_file_that_is_no_safetensors_file_of_this_kind_is_reported_in_one_line(byte[] content, String why)
            throws Exception {
        // Given
        Files.write(directory.resolve("robust.safetensors"), content);

        // When
        int code = imported("robust.safetensors");

        // Then
        assertThat(code).isEqualTo(2);
        assertThat(context.err.toString().lines()).hasSize(1).first().asString().contains(why);
    }

    @Test
    void a_folder_and_a_missing_file_are_reported() {
        // When
        int folder = imported(".");
        int absent = imported("absent.safetensors");

        // Then
        assertThat(List.of(folder, absent)).containsExactly(2, 2);
        assertThat(context.err.toString().lines())
                .containsExactly(
                        "frl checkpoint import: . is a folder; name a safetensors file in it.",
                        "frl checkpoint import: there is no file absent.safetensors.");
    }

    private int imported(String file, String... more) {
        return context.frl(Stream.concat(
                        Stream.of("checkpoint", "import", file, "--model", "cnn-bn", "--dataset", "fashion-mnist"),
                        Stream.of(more))
                .toArray(String[]::new));
    }

    private void save(String name, Map<String, Tensor> tensors) throws Exception {
        try (var out = Files.newOutputStream(directory.resolve(name))) {
            Safetensors.write(NamedTensors.of(tensors), Map.of(), out);
        }
    }
}
