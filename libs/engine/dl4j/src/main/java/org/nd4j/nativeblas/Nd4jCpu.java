package org.nd4j.nativeblas;

import org.nd4j.linalg.factory.Nd4j;

/**
 * A class that DeepLearning4J M2.1 looks up by reflection, under the name that it had before ND4J renamed it. Without it DL4J
 * concludes that there is no oneDNN, and its convolution layers are 6 to 26 times slower.
 */
public final class Nd4jCpu {
    private Nd4jCpu() {}

    /** The two methods that {@code BaseMKLDNNHelper} calls. */
    public static final class Environment {
        private static final Environment INSTANCE = new Environment();

        private Environment() {}

        public static Environment getInstance() {
            return INSTANCE;
        }

        public boolean isUseMKLDNN() {
            return Nd4j.getEnvironment().helpersAllowed();
        }
    }
}
