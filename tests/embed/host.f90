! A host in Fortran: loads a trained `dense`, encodes and decodes, and trains one of its own, with a break.
program host
  use, intrinsic :: iso_c_binding
  use isthmus
  use isthmus_conditional
  use isthmus_dense
  implicit none

  integer(c_int), parameter :: batch = 32, values = 784, code_size = 10
  real(c_float) :: samples(values, batch), codes(code_size, batch), decoded(values, batch), whole(values, batch)
  real(c_float), target :: labels(10, batch)
  real(c_float) :: drawn_codes(20, batch)
  type(c_ptr) :: encoder, decoder, autoencoder, trainer, second, fresh, conditional
  real(c_double) :: first, loss, expected, found
  character(len=1024) :: path
  integer :: i, j

  call get_command_argument(1, path)
  do j = 1, batch
    do i = 1, values
      samples(i, j) = merge(0.9, 0.1, mod(i + j, 2) == 0)
    end do
  end do

  call check(isthmus_model_create(isthmus_dense_encode(), batch, c_null_ptr, 0_c_size_t, encoder))
  call check(isthmus_model_create(isthmus_dense_decode(), batch, c_null_ptr, 0_c_size_t, decoder))
  call check(isthmus_model_create(isthmus_dense_reconstruct(), batch, c_null_ptr, 0_c_size_t, autoencoder))
  call check(isthmus_model_load(encoder, trim(path)//c_null_char))
  call check(isthmus_model_load(decoder, trim(path)//c_null_char))
  call check(isthmus_model_load(autoencoder, trim(path)//c_null_char))
  call check(isthmus_encode(encoder, samples, 0_c_int64_t, codes, 0_c_int64_t, batch))
  call check(isthmus_decode(decoder, codes, 0_c_int64_t, decoded, 0_c_int64_t, batch))
  call check(isthmus_run(autoencoder, samples, 0_c_int64_t, whole, 0_c_int64_t, batch))
  if (maxval(abs(decoded - whole)) > 0) error stop "decode(encode(x)) is not the whole model"
  if (maxval(abs(decoded - samples)) > 0.3) error stop "the file's model does not know its samples"

  ! On this thread alone.
  call check(isthmus_trainer_create(isthmus_dense_train(), isthmus_dense_evaluate(), batch, 1_c_int64_t, c_null_ptr, &
                                    0_c_size_t, trainer))
  call check(isthmus_trainer_set_threads(trainer, 1_c_int, c_null_funptr, c_null_ptr))
  call check(isthmus_evaluate(trainer, samples, 0_c_int64_t, batch, first))
  do i = 1, 30
    call check(isthmus_step(trainer, samples, 0_c_int64_t, batch, loss))
  end do
  if (.not. loss < 0.5 * first) error stop "the loss did not fall"

  ! What a checkpoint goes on from is what it was, and parameters alone make the trainer as good as new.
  call get_command_argument(2, path)
  call check(isthmus_trainer_save_checkpoint(trainer, trim(path)//c_null_char))
  call check(isthmus_step(trainer, samples, 0_c_int64_t, batch, expected))
  call check(isthmus_trainer_load_checkpoint(trainer, trim(path)//c_null_char))
  call check(isthmus_step(trainer, samples, 0_c_int64_t, batch, found))
  if (abs(found - expected) > 0) error stop "another loss after the checkpoint"
  call check(isthmus_trainer_create(isthmus_dense_train(), isthmus_dense_evaluate(), batch, 2_c_int64_t, c_null_ptr, &
                                    0_c_size_t, fresh))
  call check(isthmus_trainer_load(fresh, trim(path)//c_null_char))
  call check(isthmus_trainer_load(trainer, trim(path)//c_null_char))
  do i = 1, 3
    call check(isthmus_step(fresh, samples, 0_c_int64_t, batch, expected))
    call check(isthmus_step(trainer, samples, 0_c_int64_t, batch, found))
    if (abs(found - expected) > 0) error stop "the optimizer did not start anew"
  end do
  call isthmus_trainer_destroy(fresh)

  ! A second decoder with the weights of the first one, for another thread.
  call check(isthmus_model_create_sharing(decoder, batch, c_null_ptr, 0_c_size_t, second))
  call check(isthmus_decode(second, codes, 0_c_int64_t, whole, 0_c_int64_t, batch))
  if (maxval(abs(decoded - whole)) > 0) error stop "the second decoder is another one"
  call isthmus_model_destroy(second)

  ! A decoder that is told a label as well.
  labels = 0
  do j = 1, batch
    labels(mod(j, 10) + 1, j) = 1
  end do
  drawn_codes = 0
  call check(isthmus_model_create(isthmus_conditional_decode(), batch, c_null_ptr, 0_c_size_t, conditional))
  if (isthmus_decode(conditional, drawn_codes, 0_c_int64_t, decoded, 0_c_int64_t, batch) /= isthmus_argument) &
    error stop "a label was not asked for"
  if (isthmus_model_size_of_input(conditional, "label"//c_null_char) /= 10) error stop "a label of another size"
  call check(isthmus_model_set_input(conditional, "label"//c_null_char, c_loc(labels), 0_c_int64_t))
  call check(isthmus_decode(conditional, drawn_codes, 0_c_int64_t, decoded, 0_c_int64_t, batch))
  call isthmus_model_destroy(conditional)

  if (isthmus_version_number() /= isthmus_version_of_module) error stop "the module is of another version"
  if (len(isthmus_message()) /= 0) error stop "a message without a failure"
  if (isthmus_step(trainer, samples, 0_c_int64_t, batch + 1, loss) /= isthmus_shape) error stop "33 of 32 samples"
  if (isthmus_message() /= "expected from 1 sample to the largest batch") error stop "another message"
  print '(a, f7.4, a, f7.4)', "loss ", first, ", then ", loss

  call isthmus_model_destroy(encoder)
  call isthmus_model_destroy(decoder)
  call isthmus_model_destroy(autoencoder)
  call isthmus_trainer_destroy(trainer)

contains

  subroutine check(status)
    integer(c_int), intent(in) :: status
    if (status == isthmus_ok) return
    print '(a, i0, 2a)', "error ", status, ": ", isthmus_message()
    error stop
  end subroutine
end program
