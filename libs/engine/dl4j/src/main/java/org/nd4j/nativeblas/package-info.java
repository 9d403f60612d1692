/** A class that DeepLearning4J misses: see {@link org.nd4j.nativeblas.Nd4jCpu}. For maintainers of the engine {@code dl4j}. */
@NullMarked
package org.nd4j.nativeblas;

import org.jspecify.annotations.NullMarked;
