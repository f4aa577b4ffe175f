// Whether the sanitizer at work sees what oneTBB's own scheduler does.
#pragma once

namespace isthmus::testing {

// oneTBB hands its graph's tasks from thread to thread where ThreadSanitizer cannot see it.
#if defined(__SANITIZE_THREAD__)
inline constexpr bool is_flow_graph_visible = false;
#else
inline constexpr bool is_flow_graph_visible = true;
#endif

}  // namespace isthmus::testing
