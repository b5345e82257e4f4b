using System.Runtime.CompilerServices;

// Everything that crosses the boundary is blittable; the runtime is to refuse what is not.
[assembly: DisableRuntimeMarshalling]
