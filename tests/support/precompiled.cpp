// The program whose precompiled headers the others use: programs that CMake compiles with the same flags.
int main() {}
