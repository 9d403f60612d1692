package dev.frl.engine.dl4j.natives;

/** Copies images from [N, C, H, W], the order of the engine's interface, to [N, H, W, C], the order of oneDNN. */
public final class ChannelsLast {
    private ChannelsLast() {}

    /**
     * @param from position of the first pixel in {@code nchw}
     * @param area height times width
     */
    public static void copy(float[] nchw, int from, int count, int channels, int area, float[] nhwc) {
        if (channels == 1) {
            System.arraycopy(nchw, from, nhwc, 0, count * area);
            return;
        }
        for (int n = 0; n < count; n++) {
            for (int c = 0; c < channels; c++) {
                int source = from + (n * channels + c) * area;
                int target = n * channels * area + c;
                for (int i = 0; i < area; i++) {
                    nhwc[target + i * channels] = nchw[source + i];
                }
            }
        }
    }
}
