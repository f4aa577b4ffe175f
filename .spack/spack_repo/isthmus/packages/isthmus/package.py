# For Spack 1.0 and later, from a checkout of Isthmus, since no archive of it is published:
#
#   spack repo add .spack/spack_repo/isthmus
#   spack dev-build isthmus@main
#
# Untested but for its syntax: nobody has built it with Spack yet.
from spack_repo.builtin.build_systems.cmake import CMakePackage

from spack.package import *


class Isthmus(CMakePackage):
    """Compile-time dataflow graphs in C++20 for models with a bottleneck: declared, differentiated, planned and
    scheduled by the compiler, run as SIMD kernels on oneTBB."""

    license("MIT")

    # What the checkout holds.
    version("main")

    variant("shared", default=False, description="Build shared libraries")
    variant("tool", default=True, description="Build the command isthmus and its models")
    variant("mpi", default=False, description="Train on several processes")
    variant("hdf5", default=False, description="Read and write files of HDF5")
    variant("onnx", default=False, description="Export models as ONNX")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("cmake@3.25:", type="build")

    depends_on("highway@1.0.3:")
    depends_on("tbb")
    depends_on("boost@1.75: +iostreams +json")
    depends_on("fmt@9:")
    depends_on("libpng")
    depends_on("zlib-api")
    depends_on("zstd")
    depends_on("xxhash", type="build")
    depends_on("eigen@3", type="build")
    depends_on("cli11@2:", type="build", when="+tool")
    depends_on("openssl", when="+tool")
    depends_on("gnuplot", type="run", when="+tool")
    depends_on("mpi", when="+mpi")
    depends_on("hdf5", when="+hdf5")
    depends_on("onnx", when="+onnx")
    depends_on("protobuf", when="+onnx")

    # std::vector in constant expressions.
    conflicts("%gcc@:11")

    def cmake_args(self):
        return [
            self.define("ISTHMUS_BUILD_TESTS", False),
            self.define_from_variant("BUILD_SHARED_LIBS", "shared"),
            self.define_from_variant("ISTHMUS_BUILD_TOOL", "tool"),
            self.define_from_variant("ISTHMUS_USE_MPI", "mpi"),
            self.define_from_variant("ISTHMUS_USE_ONNX", "onnx"),
            # These are used wherever they are found.
            self.define("CMAKE_DISABLE_FIND_PACKAGE_HDF5", "~hdf5" in self.spec),
            self.define("CMAKE_DISABLE_FIND_PACKAGE_netCDF", True),
        ]
